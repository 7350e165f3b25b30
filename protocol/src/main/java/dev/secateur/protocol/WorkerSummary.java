package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.secateur.protocol.StageSpec.StageKind;
import java.util.Optional;

/**
 * A worker as the coordinator knows it.
 *
 * @param draining whether it gets no more tasks
 */
public record WorkerSummary(
    String name,
    Capabilities capabilities,
    boolean draining,
    @JsonProperty("task") Activity activity,
    Condition condition) {
  public WorkerSummary {
    activity = activity == null ? new Idle() : activity;
    condition = condition == null ? new Well() : condition;
  }

  /** The task that it runs, unless it is idle. */
  public Optional<Work> task() {
    return activity instanceof Work work ? Optional.of(work) : Optional.empty();
  }

  /** What a worker does; written as its task, or null. */
  public sealed interface Activity {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Activity read(Work task) {
      return task;
    }
  }

  /** It waits for a task. */
  public record Idle() implements Activity {
    @JsonValue
    Work written() {
      return null;
    }
  }

  /** A task, and how far it is. */
  public record Work(SweepId sweep, StageKey stage, StageKind kind, Progress progress)
      implements Activity {}

  /** The health of a worker; written as its problem, or null. */
  public sealed interface Condition {
    /** The problem because of which it gets no tasks, or not all. */
    Optional<Problem> problem();

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    private static Condition read(Problem problem) {
      return problem;
    }
  }

  /** There is no problem. */
  public record Well() implements Condition {
    @Override
    public Optional<Problem> problem() {
      return Optional.empty();
    }

    @JsonValue
    Problem written() {
      return null;
    }
  }

  /**
   * @param reason a line
   */
  public record Problem(State state, String reason) implements Condition {
    @Override
    public Optional<Problem> problem() {
      return Optional.of(this);
    }
  }

  /** What is amiss with a worker. */
  public enum State implements Labelled {
    /** Its disk has no room for stages that wait. */
    LOW_DISK,
    /** Several stages failed there in a row; it gets none for a while. */
    PUT_ASIDE
  }
}
