package dev.secateur.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * How many inputs may go through a submodule of a model before the next submodule is read. What
 * comes out of a submodule waits for the next one, so fewer inputs take less memory and read the
 * weights more often; no result depends on it. It remembers how many there were, so that a pass
 * that ran out of memory can be repeated with half of them. Used by one thread at a time.
 */
public final class InputsAtOnce {
  private final int limit;
  private int most = 1;

  private InputsAtOnce(int limit) {
    this.limit = limit;
  }

  /** As many as the walk itself has go together. */
  public static InputsAtOnce unlimited() {
    return new InputsAtOnce(Integer.MAX_VALUE);
  }

  /** One after the other. */
  public static InputsAtOnce one() {
    return new InputsAtOnce(1);
  }

  /** Whether another input may go along with this many. */
  public boolean admits(int inputs) {
    if (inputs >= limit) {
      return false;
    }
    most = Math.max(most, inputs + 1);
    return true;
  }

  /** How many may; absent where there is no limit. */
  public OptionalInt limit() {
    return limit == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(limit);
  }

  /** At most half as many as went together so far; absent where no input went with another. */
  public Optional<InputsAtOnce> half() {
    return most > 1 ? Optional.of(new InputsAtOnce(most / 2)) : Optional.empty();
  }
}
