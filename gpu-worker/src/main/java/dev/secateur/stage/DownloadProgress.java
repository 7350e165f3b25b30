package dev.secateur.stage;

import dev.secateur.hub.Hub;
import dev.secateur.protocol.Progress;
import java.util.function.Consumer;

/** Reports a task's downloads about every second, which also lets them be cancelled. */
final class DownloadProgress implements Hub.ProgressListener {
  private static final long EVERY_NANOS = 1_000_000_000L;

  private final Consumer<Progress> told;
  private long last = System.nanoTime() - EVERY_NANOS;

  DownloadProgress(Consumer<Progress> told) {
    this.told = told;
  }

  @Override
  public void received(String file, long done, long all) {
    if (System.nanoTime() - last >= EVERY_NANOS) {
      last = System.nanoTime();
      told.accept(new Progress(done >> 20, all >> 20, "MiB of " + file + " downloaded"));
    }
  }

  @Override
  public void waiting(String what) {
    told.accept(new Progress(0, 0, "waiting for the hub: " + what));
  }
}
