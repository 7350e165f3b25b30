package dev.secateur.coordinator.track;

import dev.secateur.coordinator.config.OneLine;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.SweepId;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps one target of one sweep up to date, on a thread of its own pool. It keeps only the newest
 * snapshot, so a slow or unreachable target costs no memory.
 */
final class Courier {
  private static final int LONGEST = 500;

  private final SweepId sweep;
  private final Target target;
  private final ScheduledExecutorService threads;
  private final Tracker.Patience patience;
  private final Consumer<Notice> notices;
  private final Runnable finished;
  private Snapshot next; // null where the target was told everything
  private boolean isAtWork;
  private Duration wait = Duration.ZERO;
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
    this.threads = threads;
    this.patience = patience;
    this.notices = notices;
    this.finished = finished;
  }

  /** Takes the place of what the target was not told yet. */
  synchronized void offer(Snapshot snapshot) {
    next = snapshot;
    if (!isAtWork) {
      isAtWork = true;
      schedule(Duration.ZERO);
    }
  }

  private void schedule(Duration after) {
    try {
      threads.schedule(this::deliver, after.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      isAtWork = false; // the coordinator ends; the next one goes on
    }
  }

  private synchronized Optional<Snapshot> take() {
    Optional<Snapshot> taken = Optional.ofNullable(next);
    next = null;
    isAtWork = taken.isPresent();
    return taken;
  }

  private void deliver() {
    Optional<Snapshot> taken = take();
    if (taken.isEmpty()) {
      return;
    }
    try {
      target.update(taken.get());
      reached();
      if (taken.get().ended()) {
        finished.run();
      }
      schedule(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      again(taken.get(), e);
    }
  }

  private void reached() {
    if (!problem.isEmpty()) {
      tell("tracking-resumed", Map.of("sweep", sweep.value(), "target", target.name()));
    }
    problem = "";
    wait = Duration.ZERO;
  }

  private synchronized void again(Snapshot snapshot, Exception failure) {
    wait = patience.after(wait);
    String why = OneLine.of(FailureReason.of(failure), LONGEST);
    if (!why.equals(problem)) {
      problem = why;
      tell(
          "tracking-failed",
          Map.of("sweep", sweep.value(), "target", target.name(), "reason", why));
    }
    next = next == null ? snapshot : next;
    schedule(wait);
  }

  private void tell(String event, Map<String, Object> fields) {
    notices.accept(new Notice("coordinator", event, fields));
  }
}
