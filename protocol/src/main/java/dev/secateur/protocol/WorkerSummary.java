package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;
import java.util.Optional;

/**
 * A worker as the coordinator knows it.
 *
 * @param draining whether it gets no more tasks
 * @param task that it runs
 * @param condition why it currently gets no tasks, or not all; absent if there is no problem
 */
public record WorkerSummary(
    String name,
    Capabilities capabilities,
    boolean draining,
    Optional<Work> task,
    Optional<Condition> condition) {
  /** A task, and how far it is. */
  public record Work(SweepId sweep, StageKey stage, StageKind kind, Progress progress) {}

  /**
   * @param reason a line
   */
  public record Condition(State state, String reason) {}

  /** What is amiss with a worker. */
  public enum State implements Labelled {
    /** Its disk has no room for stages that wait. */
    LOW_DISK,
    /** Several stages failed there in a row; it gets none for a while. */
    PUT_ASIDE
  }
}
