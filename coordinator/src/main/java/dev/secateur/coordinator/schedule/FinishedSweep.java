package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;

/**
 * The remaining state of a sweep that has ended; everything else is in its run folder.
 *
 * @param summary its last
 * @param key by which its client submitted it
 */
public record FinishedSweep(SweepSummary summary, IdempotencyKey key) {
  static FinishedSweep of(SweepState sweep, SweepStatus status) {
    return new FinishedSweep(summary(sweep, status, 0), sweep.submission().key());
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
