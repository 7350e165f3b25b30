package dev.secateur.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.StorageKernels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters that are read from their source and cast submodule by submodule: a request for a
 * parameter of another submodule releases the previous submodule, and starts reading the next one,
 * in the direction of the pass. A graph that was recorded keeps what it needs until it is freed.
 *
 * <p>A device computes what is queued of a submodule while the host copies the next one; its copies
 * are complete before those of any other submodule begin, so that only one submodule is pinned at a
 * time.
 */
public final class SubmoduleWeights extends Weights {
  private final Decoder decoder;
  private final ParameterSource source;
  private final Precision precision;
  private final InputsAtOnce inputsAtOnce;
  private final SubmoduleParameters submodules;
  private final Map<String, NDArray> held = new HashMap<>();
  private NDManager scope;
  private int current = -1;
  private long reads;

  /**
   * @param source released with this object
   * @param precision that is computed in
   * @param inputsAtOnce of this model and those derived from it
   */
  public SubmoduleWeights(
      Decoder decoder,
      ParameterSource source,
      Precision precision,
      InputsAtOnce inputsAtOnce,
      Device device) {
    super(NDManager.newBaseManager(device), decoder.constants());
    this.decoder = decoder;
    this.source = source;
    this.precision = precision;
    this.inputsAtOnce = inputsAtOnce;
    this.submodules = SubmoduleParameters.of(decoder, source.shapes().keySet());
  }

  /** All of a source's parameters held on the device in the types that it keeps them in. */
  public static SubmoduleWeights stored(
      Decoder decoder,
      ParameterSource source,
      Precision precision,
      InputsAtOnce inputsAtOnce,
      Device device) {
    NDManager manager = NDManager.newBaseManager(device);
    try {
      ParameterSource copied = HeldParameters.copied(source, manager);
      return new SubmoduleWeights(decoder, copied, precision, inputsAtOnce, device);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  @Override
  protected NDArray parameter(String name) {
    NDArray array = held.get(name);
    if (array == null) {
      hold(submodules.nearest(name, current));
      array = held.get(name);
    }
    return array;
  }

  private void hold(int submodule) {
    boolean up = submodule >= current;
    letGo();
    scope = manager().newSubManager();
    reads++;
    try (GradMode mode = GradMode.off()) {
      for (String name : submodules.of(submodule)) {
        try (NDManager local = scope.newSubManager()) {
          NDArray cast = StorageKernels.get().cast(scope, source.load(name, local), precision);
          held.put(name, cast);
        }
      }
    }
    HostArrays.await(
        scope); // or the host would pin submodule after submodule, far ahead of the device
    current = submodule;
    source.expect(submodules.of(up ? submodule + 1 : submodule - 1));
  }

  @Override
  public void letGo() {
    held.clear();
    if (scope != null) {
      scope.close();
      scope = null;
    }
  }

  /** How many times a submodule was read. */
  public long reads() {
    return reads;
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return source.shapes();
  }

  @Override
  public ParameterSource source() {
    return source;
  }

  @Override
  public boolean isSubmoduleed() {
    return true;
  }

  @Override
  public InputsAtOnce inputsAtOnce() {
    return inputsAtOnce;
  }

  @Override
  Weights like(Decoder other, ParameterSource derived) {
    derived.retain();
    return new SubmoduleWeights(other, derived, precision, inputsAtOnce, manager().getDevice());
  }

  /** The same parameters, computed with in another precision. */
  SubmoduleWeights in(Precision other) {
    source.retain();
    return new SubmoduleWeights(decoder, source, other, inputsAtOnce, manager().getDevice());
  }

  @Override
  public void close() {
    letGo();
    super.close();
    source.release();
  }
}
