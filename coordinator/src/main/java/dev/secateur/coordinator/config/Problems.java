package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigOrigin;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the mistakes of a configuration, so that they are reported together: the first hundred
 * mistakes, each on one line of readable length.
 */
final class Problems {
  private static final int MOST = 100;
  private static final int LONGEST = 1_000;

  private final SourceLines source;
  private final List<String> lines = new ArrayList<>();
  private int untold;

  Problems(String file) {
    this(SourceLines.of(file));
  }

  /**
   * @param source where its lines stand
   */
  Problems(SourceLines source) {
    this.source = source;
  }

  /** {@code file:line} of a line of the configuration; the file alone of line 0. */
  String place(int line) {
    return source.place(line);
  }

  void add(ConfigOrigin origin, String problem) {
    add(origin == null ? 0 : origin.lineNumber(), problem);
  }

  /**
   * @param line 0 where there is none
   */
  void add(int line, String problem) {
    String told = OneLine.of(place(Math.max(0, line)) + ": " + problem, LONGEST);
    if (lines.contains(told)) {
      return; // of what several cases of a sweep share
    } else if (isFull()) {
      untold++;
    } else {
      lines.add(told);
    }
  }

  /** What a line of an error begins with. */
  String place(ConfigOrigin origin) {
    return place(origin == null ? 0 : Math.max(0, origin.lineNumber())) + ": ";
  }

  /** Whether further mistakes are only counted, not reported. */
  boolean isFull() {
    return lines.size() >= MOST;
  }

  /**
   * A mistake that nothing after it can be read with.
   *
   * @throws InputException always
   */
  void refuse(int line, String problem) {
    add(line, problem);
    throwIfAny();
  }

  /**
   * @throws InputException when there is any problem, one to a line
   */
  void throwIfAny() {
    if (!lines.isEmpty()) {
      List<String> all = new ArrayList<>(lines);
      if (untold > 0) {
        all.add(place(0) + ": and " + untold + " more mistakes");
      }
      throw new InputException(String.join("\n", all));
    }
  }
}
