package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Writes the pruned model, with its adapter merged if it has one, as a checkpoint.
 *
 * @param gguf type of the matrices in the GGUF file beside it; absent for no such file, and part of
 *     the key only if there is one
 */
public record ExportSpec(
    ModelRef model,
    StageKey recipe,
    Optional<StageKey> adapter,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<GgufWeights> gguf)
    implements StageSpec {
  /** A checkpoint alone. */
  public ExportSpec(ModelRef model, StageKey recipe, Optional<StageKey> adapter) {
    this(model, recipe, adapter, Optional.empty());
  }

  @Override
  public StageKind kind() {
    return StageKind.EXPORT;
  }

  @Override
  public ExportSpec under(UnaryOperator<StageKey> keys) {
    return new ExportSpec(model, keys.apply(recipe), adapter.map(keys), gguf);
  }
}
