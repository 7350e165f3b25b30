package dev.secateur.protocol;

import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Checks scores or a recipe from elsewhere against the model, and stores them as an estimation or a
 * pruning would.
 *
 * @param file of scores, or of a recipe
 * @param scores the name under which scores are stored; absent if the file is a recipe
 */
public record ImportSpec(ModelRef model, TextRef file, Optional<Criterion> scores)
    implements StageSpec {
  @Override
  public StageKind kind() {
    return StageKind.IMPORT;
  }

  @Override
  public ImportSpec under(UnaryOperator<StageKey> keys) {
    return this;
  }
}
