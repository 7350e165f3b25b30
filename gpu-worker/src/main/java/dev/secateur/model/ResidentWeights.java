package dev.secateur.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.StorageKernels;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parameters that are all held as arrays. */
public final class ResidentWeights extends Weights {
  private final Map<String, NDArray> arrays;
  private final Map<String, List<Long>> shapes;
  private final ParameterSource source;
  private final InputsAtOnce inputsAtOnce = InputsAtOnce.one();

  /**
   * @param manager owner of the arrays, closed with this object
   * @param constants the decoder's constants by name
   */
  public ResidentWeights(
      NDManager manager, Map<String, NDArray> arrays, Map<String, double[]> constants) {
    super(manager, constants);
    this.arrays = Collections.unmodifiableMap(new LinkedHashMap<>(arrays));
    this.source = HeldParameters.of(this.arrays);
    this.shapes = source.shapes();
  }

  /** Copies of all that a source has. */
  public static ResidentWeights copied(
      Decoder decoder, ParameterSource source, Precision precision, Device device) {
    NDManager manager = NDManager.newBaseManager(device);
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    try (GradMode mode = GradMode.off()) {
      for (String name : source.shapes().keySet()) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray kept = source.load(name, scope);
          arrays.put(name, StorageKernels.get().copy(manager, kept, precision));
        }
      }
      return new ResidentWeights(manager, arrays, decoder.constants());
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  @Override
  protected NDArray parameter(String name) {
    return arrays.get(name);
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return shapes;
  }

  @Override
  public ParameterSource source() {
    return source;
  }

  @Override
  public boolean isSubmoduleed() {
    return false;
  }

  @Override
  public InputsAtOnce inputsAtOnce() {
    return inputsAtOnce;
  }

  @Override
  Weights like(Decoder decoder, ParameterSource other) {
    return copied(decoder, other, Precision.FLOAT32, manager().getDevice());
  }

  @Override
  public Map<String, NDArray> arrays() {
    return arrays;
  }
}
