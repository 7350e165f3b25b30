package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import java.util.Optional;

/** The remaining state of a sweep that has ended; everything else is in its run folder. */
public sealed interface FinishedSweep {
  /** Its last. */
  SweepSummary summary();

  /** By which its client submitted it, where it gave one. */
  default Optional<String> key() {
    return Optional.empty();
  }

  /** One that its client submitted without a key. */
  record Plain(SweepSummary summary) implements FinishedSweep {}

  /** One that its client submitted by a key. */
  record Keyed(SweepSummary summary, String clientKey) implements FinishedSweep {
    @Override
    public Optional<String> key() {
      return Optional.of(clientKey);
    }
  }

  static FinishedSweep of(SweepState sweep, SweepStatus status) {
    SweepSummary last = summary(sweep, status, 0);
    return sweep
        .submission()
        .key()
        .<FinishedSweep>map(key -> new Keyed(last, key))
        .orElseGet(() -> new Plain(last));
  }

  /**
   * @param running how many of its stages are in work
   */
  static SweepSummary summary(SweepState sweep, SweepStatus status, int running) {
    Origin origin = sweep.submission().origin();
    return new SweepSummary(
        sweep.id(),
        sweep.plan().name(),
        status,
        sweep.submission().priority(),
        sweep.submission().at(),
        sweep.plan().trials().size(),
        sweep.completed().size(),
        sweep.failed(),
        sweep.plan().stages().size(),
        sweep.done(),
        running,
        sweep.runFolder(),
        origin.owner(),
        origin.labels(),
        origin.notes());
  }
}
