package dev.secateur.actors.node;

import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Leftover;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import dev.secateur.protocol.FailureReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a cleaning has found so far, what it removes, and its problems. */
final class Tally {
  /** Of what is left behind so much is named, the largest. */
  static final int MOST_NAMED = 100;

  private final Map<String, long[]> counts = new LinkedHashMap<>();
  private final List<Leftover> named = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();

  /** Something that may fail by itself. */
  @FunctionalInterface
  interface Part {
    void run() throws IOException;
  }

  /** A failure is reported, and the rest is done anyway. */
  void part(Part part) {
    try {
      part.run();
    } catch (IOException | UncheckedIOException e) {
      problems.add(FailureReason.of(e));
    }
  }

  private long[] of(String sort) {
    return counts.computeIfAbsent(sort, any -> new long[3]);
  }

  /** That there are this many bytes of a sort. */
  void there(String sort, long bytes) {
    of(sort)[2] += bytes;
  }

  /** That one of a sort goes, of what is there. */
  void goes(String sort, long bytes) {
    of(sort)[0]++;
    of(sort)[1] += bytes;
  }

  /** The same of what is left behind, which is named. */
  void goes(Leftover left) {
    goes(left.sort(), left.bytes());
    named.add(left);
  }

  /**
   * @param problem empty if there is none
   */
  void problem(String problem) {
    if (!problem.isEmpty()) {
      problems.add(problem);
    }
  }

  void problems(Collection<String> more) {
    problems.addAll(more);
  }

  void notice(String notice) {
    notices.add(notice);
  }

  Collected collected() {
    List<Removed> removed = new ArrayList<>();
    counts.forEach((sort, count) -> removed.add(new Removed(sort, count[0], count[1], count[2])));
    List<Leftover> largest =
        named.stream()
            .sorted(Comparator.comparing(Leftover::bytes).reversed())
            .limit(MOST_NAMED)
            .toList();
    return new Collected(removed, String.join("; ", problems), String.join("; ", notices), largest);
  }
}
