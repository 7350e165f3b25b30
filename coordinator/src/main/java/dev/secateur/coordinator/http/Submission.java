package dev.secateur.coordinator.http;

import dev.secateur.protocol.SweepPlan;
import java.util.function.UnaryOperator;

/**
 * A sweep that is submitted.
 *
 * @param text HOCON
 * @param file what its author calls it, for mistakes to be told by
 * @param naming gives its plan another name, or leaves it that of its configuration
 * @param asked what came with it, for its results to say
 */
record Submission(
    String text, String file, UnaryOperator<SweepPlan> naming, int priority, Asked asked) {
  /** Of a sweep whose author names none. */
  static final int DEFAULT_PRIORITY = 10;

  /**
   * How a sweep was asked for.
   *
   * @param command what its author typed, where the client says so, else the request
   * @param client what sent it, as it calls itself; empty where it does not
   * @param owner whose token it came with; empty where tokens are not asked for
   */
  record Asked(String command, String client, String owner) {}

  /** The same of another text. */
  Submission of(String other) {
    return new Submission(other, file, naming, priority, asked);
  }
}
