package dev.secateur.coordinator.track;

import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.protocol.SweepEvent.SweepSubmitted;
import dev.secateur.protocol.Tracking;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** The tracking of one sweep; none if its author did not ask for it. */
public final class SweepTracking {
  private final Tracker tracker;
  private final Tracking tracking;
  private final Path folder;

  public SweepTracking(Tracker tracker, SweepSubmitted submission) {
    this.tracker = tracker;
    this.tracking = submission.origin().tracking();
    this.folder = Path.of(submission.runFolder());
  }

  /**
   * How it stands.
   *
   * @param completed indexes of the trials that are complete
   */
  public void offer(SweepResults results, Set<Integer> completed) {
    if (!tracking.isNone()) {
      tracker.offer(
          tracking, folder, new Snapshot(results, Set.copyOf(completed), false, LossCurves.NONE));
    }
  }

  /**
   * How it has ended, once its results are written.
   *
   * @throws IOException when the run folder can't be written
   */
  public void offerEnd(SweepResults results, Set<Integer> completed, LossCurves curves)
      throws IOException {
    if (!tracking.isNone()) {
      tracker.offerEnd(
          tracking, folder, new Snapshot(results, Set.copyOf(completed), true, curves));
    }
  }
}
