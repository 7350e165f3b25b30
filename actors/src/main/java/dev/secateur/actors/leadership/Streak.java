package dev.secateur.actors.leadership;

import java.time.Duration;
import java.time.Instant;

/** For how long a condition has held without a break. */
sealed interface Streak {
  /** The condition does not hold. */
  record None() implements Streak {}

  /** The condition has held since then. */
  record Since(Instant start) implements Streak {}

  /** Whether the condition holds. */
  default boolean holds() {
    return this instanceof Since;
  }

  /** With a new observation: the streak begins, goes on or ends. */
  default Streak with(boolean holds, Instant now) {
    if (!holds) {
      return new None();
    }
    return holds() ? this : new Since(now);
  }

  /** Whether the condition holds and has held for at least that long. */
  default boolean hasLasted(Duration length, Instant now) {
    return this instanceof Since since && !since.start().plus(length).isAfter(now);
  }
}
