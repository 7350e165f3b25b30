package dev.secateur.checkpoint;

import ai.djl.Device;
import dev.secateur.model.InputsAtOnce;
import dev.secateur.model.Model;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Settings that determine how much of a device's memory a model takes while it is used, and that
 * change no result: where its weights are kept, and how many inputs pass through a submodule at
 * once if weights are read submodule by submodule.
 */
public record MemoryUse(Residency residency, InputsAtOnce inputsAtOnce) {
  /** As {@link Residency#of}, with as many inputs at once as walks have go together. */
  public static MemoryUse of(Allowance allowance, Checkpoint checkpoint, Device device) {
    Residency residency = Residency.of(allowance, checkpoint, device);
    return new MemoryUse(residency, InputsAtOnce.unlimited());
  }

  /**
   * What takes less: half of the inputs that went together, and where there was one at a time,
   * weights that are streamed; absent where nothing does.
   */
  public Optional<MemoryUse> smaller() {
    Optional<MemoryUse> fewer = inputsAtOnce.half().map(half -> new MemoryUse(residency, half));
    return fewer.isPresent() || residency == Residency.STREAMED
        ? fewer
        : Optional.of(new MemoryUse(Residency.STREAMED, streamed()));
  }

  /** Weights that are held as float32 have one input at a time for another reason. */
  private InputsAtOnce streamed() {
    return residency == Residency.FLOAT32 ? InputsAtOnce.unlimited() : inputsAtOnce;
  }

  /**
   * Opens a checkpoint so.
   *
   * @throws dev.secateur.protocol.InputException as {@link CheckpointReader#open}
   */
  public Model open(Checkpoint checkpoint, Device device) {
    return CheckpointReader.open(checkpoint, device, residency, inputsAtOnce);
  }

  /** Such as {@code weights streamed, at most 4 inputs at once}. */
  @Override
  public String toString() {
    OptionalInt limit = inputsAtOnce.limit();
    String inputs = limit.orElse(0) == 1 ? " input" : " inputs";
    return "weights "
        + residency.told()
        + (limit.isPresent() ? ", at most " + limit.getAsInt() + inputs + " at once" : "");
  }
}
