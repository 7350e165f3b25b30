package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;

/**
 * The stages that failed on a worker since its last success, without failures caused by user input.
 * If several of different kinds failed, the worker gets no tasks for a while, with growing delays
 * until it succeeds again.
 *
 * @param failed the kinds of the stages
 * @param rests how often it was excluded from tasks
 * @param until when it gets tasks again; in the past unless it is excluded
 * @param last the message of the last failure
 */
public record FailureRun(Map<StageKey, StageKind> failed, int rests, Instant until, String last) {
  private static final int MOST_DOUBLINGS = 30;

  /** A worker that has not failed. */
  public static final FailureRun NONE = new FailureRun(Map.of(), 0, Instant.MIN, "");

  /**
   * When workers are put aside.
   *
   * @param failures this many stages in a row, of at least two kinds; 0 never
   * @param pause the first time
   * @param longest in the end
   */
  public record Rule(int failures, Duration pause, Duration longest) {
    public static final Rule USUAL = new Rule(3, Duration.ofMinutes(1), Duration.ofMinutes(30));

    private Duration pause(int rests) {
      double doubled = pause.toMillis() * Math.pow(2, Math.min(rests, MOST_DOUBLINGS));
      return Duration.ofMillis((long) Math.min(doubled, (double) longest.toMillis()));
    }
  }

  /** After one more failure; a worker that has come back is put aside again by the first. */
  public FailureRun and(StageKey stage, StageKind kind, String message, Instant now, Rule rule) {
    Map<StageKey, StageKind> all = new HashMap<>(failed);
    all.put(stage, kind);
    boolean ofSeveralKinds = new HashSet<>(all.values()).size() > 1;
    boolean rests = rule.failures() > 0 && all.size() >= rule.failures() && ofSeveralKinds;
    return rests
        ? new FailureRun(Map.copyOf(all), this.rests + 1, now.plus(rule.pause(this.rests)), message)
        : new FailureRun(Map.copyOf(all), this.rests, until, message);
  }

  /** Whether the worker gets nothing at that time. */
  public boolean isAside(Instant now) {
    return now.isBefore(until);
  }
}
