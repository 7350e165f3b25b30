package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.function.UnaryOperator;

/**
 * Checks scores or a recipe from elsewhere against the model, and stores them as an estimation or a
 * pruning would.
 *
 * @param file of scores, or of a recipe
 */
public record ImportSpec(ModelRef model, TextRef file, @JsonProperty("scores") Content content)
    implements StageSpec {
  public ImportSpec {
    content = content == null ? new Recipe() : content;
  }

  /** What the file contains; written as the name of the scores, and null of a recipe. */
  public sealed interface Content {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Content read(Criterion scores) {
      return new Scores(scores);
    }
  }

  /**
   * @param name under which they are stored
   */
  public record Scores(@JsonValue Criterion name) implements Content {}

  public record Recipe() implements Content {
    @JsonValue
    Criterion written() {
      return null;
    }
  }

  @Override
  public StageKind kind() {
    return StageKind.IMPORT;
  }

  @Override
  public ImportSpec under(UnaryOperator<StageKey> keys) {
    return this;
  }
}
