package dev.secateur.actors.cli;

import java.io.PrintWriter;

/** Reports the progress of long work: a line at most every few seconds, and none for short work. */
final class SlowWork {
  private static final long EVERY_NANOS = 10_000_000_000L;
  private final PrintWriter talk;
  private long last = System.nanoTime();

  SlowWork(PrintWriter talk) {
    this.talk = talk;
  }

  void tell(String what, int done, int all) {
    if (System.nanoTime() - last > EVERY_NANOS) {
      last = System.nanoTime();
      talk.printf("%s: %d of %d%n", what, done, all);
      talk.flush();
    }
  }
}
