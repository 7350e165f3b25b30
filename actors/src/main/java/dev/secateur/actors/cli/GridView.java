package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.OneLine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The trials of a sweep as a matrix: a column per ratio, a row for each combination of the other
 * settings, and a letter per trial. If that is too large, it is a strip of letters in the order of
 * the trials; if that is too long, a letter stands for several.
 */
final class GridView {
  private static final int MOST_ROWS = 8;
  private static final int LONGEST_LABEL = 36;
  private static final int MARGIN = 2;
  private static final String LEGEND = ". queued  > running  # done  x failed";

  /** A ratio in the words for a trial. */
  private static final Pattern RATIO = Pattern.compile("(?<=^| )0?\\.\\d+(?=$|[ ,])");

  private final int trials;
  private final Set<String> columns = new LinkedHashSet<>();
  private final Map<String, Map<String, List<Integer>>> rows = new LinkedHashMap<>();

  /**
   * @param words what people call each trial
   */
  GridView(List<String> words) {
    trials = words.size();
    for (int trial = 0; trial < trials; trial++) {
      Matcher ratio = RATIO.matcher(words.get(trial));
      boolean found = ratio.find();
      String column = found ? ratio.group() : "0";
      String row = found ? ratio.replaceFirst("").replace("  ", " ").strip() : words.get(trial);
      columns.add(column);
      rows.computeIfAbsent(row, any -> new LinkedHashMap<>())
          .computeIfAbsent(column, any -> new ArrayList<>())
          .add(trial);
    }
  }

  /**
   * Its lines.
   *
   * @param width in characters, which no line is longer than
   */
  List<String> lines(IntFunction<TrialState> state, int width, boolean coloured) {
    if (trials < 2) {
      return List.of();
    }
    int label = rows.keySet().stream().mapToInt(row -> shown(row).length()).max().orElse(0);
    int cell = cell();
    boolean fits =
        rows.size() <= MOST_ROWS && MARGIN + label + columns.size() * (cell + 1) <= width;
    return fits ? matrix(state, label, cell, coloured) : strip(state, width - MARGIN, coloured);
  }

  private int cell() {
    int most = columns.stream().mapToInt(String::length).max().orElse(1);
    for (Map<String, List<Integer>> row : rows.values()) {
      for (List<Integer> cell : row.values()) {
        most = Math.max(most, cell.size());
      }
    }
    return most;
  }

  private List<String> matrix(
      IntFunction<TrialState> state, int label, int cell, boolean coloured) {
    List<String> lines = new ArrayList<>();
    StringBuilder head = new StringBuilder(" ".repeat(MARGIN + label));
    columns.forEach(column -> head.append(' ').append(padded(column, column.length(), cell)));
    lines.add(head.toString().stripTrailing());
    rows.forEach(
        (name, cells) -> {
          String shown = shown(name);
          StringBuilder line = new StringBuilder(" ".repeat(MARGIN));
          line.append(padded(shown, shown.length(), label));
          for (String column : columns) {
            List<Integer> of = cells.getOrDefault(column, List.of());
            StringBuilder letters = new StringBuilder();
            of.forEach(trial -> letters.append(state.apply(trial).drawn(coloured)));
            line.append(' ').append(padded(letters.toString(), of.size(), cell));
          }
          lines.add(line.toString().stripTrailing());
        });
    lines.add(" ".repeat(MARGIN) + LEGEND);
    return lines;
  }

  private static String shown(String row) {
    return OneLine.of(row, LONGEST_LABEL);
  }

  private static String padded(String text, int length, int width) {
    return text + " ".repeat(Math.max(0, width - length));
  }

  /** A letter for so many trials that it has few rows: what most concerns of these. */
  private List<String> strip(IntFunction<TrialState> state, int width, boolean coloured) {
    int each = 1 + (trials - 1) / (width * MOST_ROWS);
    List<String> lines = new ArrayList<>();
    for (int from = 0; from < trials; from += each * width) {
      StringBuilder line = new StringBuilder(" ".repeat(MARGIN));
      int end = (int) Math.min(trials, (long) from + (long) each * width);
      for (int first = from; first < end; first += each) {
        line.append(together(state, first, Math.min(end, first + each)).drawn(coloured));
      }
      lines.add(line.toString());
    }
    lines.add(" ".repeat(MARGIN) + LEGEND);
    if (each > 1) {
      lines.add(" ".repeat(MARGIN) + "one letter for " + each + " trials");
    }
    return lines;
  }

  /** Of several: failed if any is, else at work, else waiting, and done if all are. */
  private static TrialState together(IntFunction<TrialState> state, int from, int end) {
    TrialState all = TrialState.DONE;
    for (int trial = from; trial < end; trial++) {
      TrialState one = state.apply(trial);
      boolean more =
          one == TrialState.FAILED
              || one == TrialState.AT_WORK && all != TrialState.FAILED
              || one == TrialState.WAITS && all == TrialState.DONE;
      all = more ? one : all;
    }
    return all;
  }
}
