package dev.secateur.actors.cli;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Estimates the remaining time of a sweep from the time its stages of each kind took so far, the
 * remaining stages, and the number of active workers. Reused stages do not count.
 */
final class TimeLeft {
  private static final int MINUTE = 60;
  private static final int HOUR = 3600;

  private final Map<String, Kind> kinds = new HashMap<>();

  private static final class Kind {
    private int remaining;
    private int computed;
    private double seconds;

    private double mean() {
      return seconds / computed;
    }
  }

  /**
   * A stage at work.
   *
   * @param seconds since it was begun
   */
  record Running(String kind, double seconds) {}

  private Kind kind(String name) {
    return kinds.computeIfAbsent(name, any -> new Kind());
  }

  /** A stage is to be done. */
  void planned(String kind) {
    kind(kind).remaining++;
  }

  /** A stage needs no more time: done, failed, or not needed. */
  void settled(String kind) {
    kind(kind).remaining--;
  }

  /** A stage was computed. */
  void took(String kind, double seconds) {
    kind(kind).computed++;
    kind(kind).seconds += seconds;
  }

  /**
   * In words; empty while nothing is known, or nothing remains.
   *
   * @param running stages at work
   * @param workers how many share what remains
   */
  String text(Collection<Running> running, int workers) {
    double work = 0;
    boolean whole = true;
    boolean known = false;
    for (Kind kind : kinds.values()) {
      if (kind.remaining > 0 && kind.computed == 0) {
        whole = false;
      } else if (kind.remaining > 0) {
        known = true;
        work += kind.remaining * kind.mean();
      }
    }
    for (Running one : running) {
      Kind kind = kind(one.kind());
      work -= kind.computed == 0 ? 0 : Math.min(one.seconds(), kind.mean());
    }
    if (!known || workers == 0) {
      return "";
    }
    return (whole ? "about " : "at least ") + duration(work / workers) + " left";
  }

  private static String duration(double seconds) {
    long whole = Math.max(1, Math.round(seconds));
    if (whole < MINUTE) {
      return whole + " s";
    }
    return whole < HOUR
        ? Math.round(whole / (double) MINUTE) + " min"
        : whole / HOUR + " h " + whole % HOUR / MINUTE + " min";
  }
}
