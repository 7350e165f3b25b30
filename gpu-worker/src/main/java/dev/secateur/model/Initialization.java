package dev.secateur.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Random weights: matrices from N(0, 0.02), norms one, biases zero, from a seed. */
public final class Initialization {
  private static final double DEVIATION = 0.02;

  private Initialization() {}

  /** Fresh weights for every parameter of the decoder, the same for the same seed. */
  public static Weights random(Decoder decoder, long seed, Device device) {
    NDManager manager = NDManager.newBaseManager(device);
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    Random random = new Random(seed);
    for (ParameterShape parameter : decoder.parameters()) {
      Shape shape = new Shape(parameter.shape());
      try (NDArray values = manager.create(values(parameter, random), shape)) {
        arrays.put(parameter.name(), values.duplicate());
      }
    }
    return new Weights(manager, arrays, decoder.constants());
  }

  private static float[] values(ParameterShape parameter, Random random) {
    float[] values = new float[Math.toIntExact(parameter.elements())];
    boolean matrix = parameter.shape().size() > 1;
    boolean bias = parameter.name().endsWith(".bias");
    for (int i = 0; i < values.length; i++) {
      values[i] = matrix ? (float) (DEVIATION * random.nextGaussian()) : bias ? 0 : 1;
    }
    return values;
  }
}
