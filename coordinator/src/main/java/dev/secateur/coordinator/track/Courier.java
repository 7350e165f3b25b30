package dev.secateur.coordinator.track;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import dev.secateur.coordinator.config.OneLine;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.SweepId;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * Keeps one target of one sweep up to date, on a thread of its own pool. It keeps only the newest
 * snapshot, so a slow or unreachable target costs no memory.
 */
final class Courier {
  private static final int LONGEST = 500;

  private final SweepId sweep;
  private final Target target;
  private final Consumer<Notice> notices;
  private final Runnable finished;
  private final FailsafeExecutor<Object> retrying;
  private Snapshot next; // null where the target was told everything
  private String problem = "";

  /**
   * @param finished is run once the target knows how the sweep ended
   */
  Courier(
      SweepId sweep,
      Target target,
      ScheduledExecutorService threads,
      Tracker.Patience patience,
      Consumer<Notice> notices,
      Runnable finished) {
    this.sweep = sweep;
    this.target = target;
    this.notices = notices;
    this.finished = finished;
    RetryPolicy<Object> policy =
        RetryPolicy.builder()
            .handle(IOException.class, RuntimeException.class)
            .withMaxRetries(-1)
            .withBackoff(patience.first(), patience.longest())
            .onFailedAttempt(attempt -> failed(attempt.getLastException()))
            .build();
    this.retrying = Failsafe.with(policy).with(threads);
  }

  /** Takes the place of what the target was not told yet. */
  synchronized void offer(Snapshot snapshot) {
    boolean isIdle = next == null;
    next = snapshot;
    if (isIdle) {
      start();
    }
  }

  /** Does nothing when the coordinator ends; the next one continues. */
  private void start() {
    retrying.getAsync(this::deliver).thenAccept(this::delivered);
  }

  private synchronized Snapshot newest() {
    return next;
  }

  private Snapshot deliver() throws IOException, InterruptedException {
    Snapshot snapshot = newest();
    target.update(snapshot);
    reached();
    if (snapshot.ended()) {
      finished.run();
    }
    return snapshot;
  }

  private synchronized void delivered(Snapshot snapshot) {
    if (next == snapshot) {
      next = null;
    } else {
      start(); // a newer one came meanwhile
    }
  }

  private void reached() {
    if (!problem.isEmpty()) {
      tell("tracking-resumed", Map.of("sweep", sweep.value(), "target", target.name()));
    }
    problem = "";
  }

  private void failed(Throwable failure) {
    String why = OneLine.of(FailureReason.of(failure), LONGEST);
    if (!why.equals(problem)) {
      problem = why;
      tell(
          "tracking-failed",
          Map.of("sweep", sweep.value(), "target", target.name(), "reason", why));
    }
  }

  private void tell(String event, Map<String, Object> fields) {
    notices.accept(new Notice("coordinator", event, fields));
  }
}
