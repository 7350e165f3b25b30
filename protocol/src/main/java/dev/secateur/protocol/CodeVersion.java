package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * The version of what stages compute, a part of each stage's key: artifacts of one version are
 * never used for another.
 */
public record CodeVersion(@JsonValue int number) {
  /** Raised when a change to the code changes what some stage computes. */
  public static final CodeVersion CURRENT = new CodeVersion(10);

  /** Of plans and tasks from before they named theirs. */
  public static final CodeVersion UNNAMED = new CodeVersion(6);

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public CodeVersion {}

  public boolean isBefore(CodeVersion other) {
    return number < other.number;
  }

  @Override
  public String toString() {
    return Integer.toString(number);
  }
}
