package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * The version of what stages compute, a part of each stage's key: artifacts of one version are
 * never used for another.
 *
 * @param number from 1; 0 if unknown, which is written as null
 */
public record CodeVersion(int number) {
  /** Raised when a change to the code changes what some stage computes. */
  public static final CodeVersion CURRENT = new CodeVersion(10);

  /** Of plans and tasks from before they named theirs. */
  public static final CodeVersion UNNAMED = new CodeVersion(6);

  /** Of workers that do not report theirs; no plan and no task is of it. */
  public static final CodeVersion UNKNOWN = new CodeVersion(0);

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public CodeVersion {}

  public boolean isBefore(CodeVersion other) {
    return number < other.number;
  }

  @JsonValue
  private Integer written() {
    return number == 0 ? null : number;
  }

  @Override
  public String toString() {
    return number == 0 ? "unknown" : Integer.toString(number);
  }
}
