package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A piece of work that several trials, and several sweeps, may share.
 *
 * @param inputs the stages whose artifacts it reads
 * @param memory that a worker must have for it
 */
public record Stage(
    StageKey key, StageKind kind, StageSpec spec, List<StageKey> inputs, MemoryNeed memory) {
  public Stage {
    memory = memory == null ? new MemoryNeed.Unknown() : memory;
  }

  /** The stage that does what is specified, reading what that names. */
  public static Stage of(StageKey key, StageSpec spec, MemoryNeed memory) {
    return new Stage(key, spec.kind(), spec, spec.inputs(), memory);
  }

  /** The same with itself and its inputs under other keys. */
  public Stage under(UnaryOperator<StageKey> keys) {
    return new Stage(
        keys.apply(key), kind, spec.under(keys), inputs.stream().map(keys).toList(), memory);
  }
}
