package dev.secateur.coordinator.track;

import java.io.IOException;

/** An external service that receives reports of a sweep. */
interface Target {
  /** What events call it, without paths and queries, which may be secret. */
  String name();

  /**
   * Tells what is not told yet. What was told before is not told twice, also where this is the
   * first call after a restart, as far as the target can say what it knows.
   *
   * @throws IOException when it can't be told now
   */
  void update(Snapshot snapshot) throws IOException, InterruptedException;
}
