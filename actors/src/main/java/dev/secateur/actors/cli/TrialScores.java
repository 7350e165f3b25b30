package dev.secateur.actors.cli;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.coordinator.report.GridPoint;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import dev.secateur.estimation.UnitScores;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Scope;
import dev.secateur.pruning.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The scores that a trial's units were ranked by, and which units were removed.
 *
 * @param structures in the order of the recipe
 */
record TrialScores(GridPoint point, List<Structure> structures) {
  /**
   * @param members by member, the score of each unit
   * @param scores of the units, aggregated as the trial does; of products across structures their
   *     geometric means, else their logarithms
   */
  private record Structure(
      String name, List<double[]> members, double[] scores, Set<Integer> removed) {}

  /**
   * @param scores the artifact's file
   * @param recipe the trial's
   * @throws InputException when the file has no scores of a structure of the recipe
   */
  static TrialScores of(GridPoint point, Path scores, Recipe recipe) {
    List<Structure> structures = new ArrayList<>();
    try (SafetensorsFile file = SafetensorsFile.open(scores)) {
      Map<String, List<double[]>> members = new HashMap<>();
      for (Recipe.Group group : recipe.groups()) {
        String name = point.criterion().label() + "/" + group.name() + "/";
        for (int m = 0; file.tensors().containsKey(name + m); m++) {
          members.computeIfAbsent(group.name(), g -> new ArrayList<>()).add(file.reals(name + m));
        }
        if (members.containsKey(group.name())) {
          structures.add(structure(group, members.get(group.name()), point));
        } else if (group.units() > 1) {
          throw new InputException(scores + ": has no tensor '" + name + "0'");
        }
      }
    }
    return new TrialScores(point, structures);
  }

  private static Structure structure(Recipe.Group group, List<double[]> members, GridPoint point) {
    double[] scores =
        point.scope() == Scope.GLOBAL
            ? UnitScores.comparable(members, point.aggregation())
            : UnitScores.of(members, point.aggregation());
    return new Structure(group.name(), members, scores, new HashSet<>(group.removed()));
  }

  /** A row to each unit. */
  Table units() {
    int most = structures.stream().mapToInt(s -> s.members().size()).max().orElse(0);
    List<Column> columns =
        new ArrayList<>(
            List.of(
                Column.text("structure", "structure"),
                Column.number("unit", "unit"),
                Column.number("removed", "removed"),
                Column.number("score", "score")));
    for (int m = 0; m < most; m++) {
      columns.add(Column.number("member_" + m, "member " + m));
    }
    List<List<Cell>> rows = new ArrayList<>();
    for (Structure structure : structures) {
      for (int unit = 0; unit < structure.scores().length; unit++) {
        List<Cell> row = new ArrayList<>();
        row.add(Cell.of(structure.name()));
        row.add(whole(unit));
        row.add(whole(structure.removed().contains(unit) ? 1 : 0));
        row.add(real(structure.scores()[unit]));
        for (int m = 0; m < most; m++) {
          row.add(
              m < structure.members().size()
                  ? real(structure.members().get(m)[unit])
                  : Cell.none());
        }
        rows.add(row);
      }
    }
    return Table.of(columns, rows);
  }

  /** A row to each structure. */
  Table summary() {
    List<Column> columns =
        Stream.of("members", "units", "removed", "least", "median", "greatest", "greatest removed")
            .map(title -> Column.number(title.replace(' ', '_'), title))
            .toList();
    List<Column> all = new ArrayList<>(List.of(Column.text("structure", "structure")));
    all.addAll(columns);
    return Table.of(all, structures.stream().map(TrialScores::summary).toList());
  }

  private static List<Cell> summary(Structure structure) {
    double[] sorted = structure.scores().clone();
    Arrays.sort(sorted);
    Cell removed =
        structure.removed().stream()
            .map(unit -> structure.scores()[unit])
            .max(Double::compare)
            .map(TrialScores::brief)
            .orElse(Cell.none());
    return List.of(
        Cell.of(structure.name()),
        whole(structure.members().size()),
        whole(sorted.length),
        whole(structure.removed().size()),
        brief(sorted[0]),
        brief(sorted[sorted.length / 2]),
        brief(sorted[sorted.length - 1]),
        removed);
  }

  private static Cell whole(int number) {
    return Cell.of(Integer.toString(number), number);
  }

  private static Cell brief(double number) {
    return Cell.of(String.format(java.util.Locale.ROOT, "%.5g", number), number);
  }

  private static Cell real(double number) {
    return Double.isFinite(number)
        ? Cell.of(Double.toString(number), number)
        : Cell.of(Double.toString(number));
  }
}
