package dev.secateur.actors.cli;

import dev.secateur.hub.Hub;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints a line about a download every few seconds, and one at its end. */
final class Downloads implements Hub.ProgressListener {
  private static final long EVERY_NANOS = 5_000_000_000L;

  private final PrintWriter talk;
  private long last = System.nanoTime();

  Downloads(PrintWriter talk) {
    this.talk = talk;
  }

  @Override
  public void received(String file, long done, long all) {
    if (done == all || System.nanoTime() - last > EVERY_NANOS) {
      last = System.nanoTime();
      boolean small = all < 1_000_000;
      double unit = small ? 1e3 : 1e6;
      talk.printf(
          Locale.ROOT, "%s: %.1f of %.1f %s%n", file, done / unit, all / unit, small ? "kB" : "MB");
      talk.flush();
    }
  }
}
