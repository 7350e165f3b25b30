package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * The content key of a stage: a hash of its kind, its parameters, its inputs' keys and the code's
 * version.
 */
public record StageKey(@JsonValue String value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public StageKey {}

  /** Enough of the key for people. */
  public String brief() {
    return value.substring(0, Math.min(12, value.length()));
  }
}
