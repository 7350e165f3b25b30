package dev.secateur.actors.cli;

import dev.secateur.hub.Hub;
import java.io.PrintWriter;
import java.util.Locale;

/** A line every few seconds of a download, and one at its end. */
final class Downloads implements Hub.Progress {
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
      talk.printf(Locale.ROOT, "%s: %.1f of %.1f MB%n", file, done / 1e6, all / 1e6);
      talk.flush();
    }
  }
}
