package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;

/** How a trial ended. Journals have the reason of a failure, or null. */
public sealed interface TrialOutcome {
  /** What failed, if something did. */
  Optional<String> failure();

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  private static TrialOutcome read(String reason) {
    return new Failed(reason);
  }

  record Succeeded() implements TrialOutcome {
    @Override
    public Optional<String> failure() {
      return Optional.empty();
    }

    @JsonValue
    String written() {
      return null;
    }
  }

  record Failed(@JsonValue String reason) implements TrialOutcome {
    @Override
    public Optional<String> failure() {
      return Optional.of(reason);
    }
  }
}
