package dev.secateur.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Random weights: matrices from N(0, 0.02), norms one, biases zero, from a seed. */
public final class Initialization {
  private static final double DEVIATION = 0.02;
  private static final int CHUNK = 1 << 20;

  private Initialization() {}

  /** Fresh weights for every parameter of the decoder, the same for the same seed. */
  public static Weights random(Decoder decoder, long seed, Device device) {
    NDManager manager = NDManager.newBaseManager(device);
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    Random random = new Random(seed);
    for (ParameterShape parameter : decoder.parameters()) {
      NDArray array = Kernels.get().zeros(manager, parameter.sizes());
      for (long start = 0; start < parameter.elements(); start += CHUNK) {
        int count = (int) Math.min(CHUNK, parameter.elements() - start);
        try (NDManager local = manager.newSubManager()) {
          NDArray values = HostArrays.of(local, values(parameter, count, random));
          Kernels.get().write(array, start, values);
        }
      }
      arrays.put(parameter.name(), array);
    }
    return new ResidentWeights(manager, arrays, decoder.constants());
  }

  /**
   * What the elements of a parameter are drawn from: N(mean, deviation²).
   *
   * @param deviation zero where all elements are the mean
   */
  public record Distribution(float mean, double deviation) {}

  /** What a fresh parameter is drawn from. */
  public static Distribution of(ParameterShape parameter) {
    boolean isBias = parameter.name().matches(".*([._]bias|\\.sinks)");
    if (parameter.shape().size() > 1 && !isBias) {
      return new Distribution(0, DEVIATION);
    }
    return new Distribution(isBias ? 0 : 1, 0);
  }

  private static float[] values(ParameterShape parameter, int count, Random random) {
    Distribution from = of(parameter);
    float[] values = new float[count];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          from.deviation() == 0 ? from.mean() : (float) (from.deviation() * random.nextGaussian());
    }
    return values;
  }
}
