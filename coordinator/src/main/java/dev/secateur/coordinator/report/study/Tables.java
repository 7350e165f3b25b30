package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.table.Table;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Labelled;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables of runs, in any layout and format. */
public final class Tables {
  /** What a row is. */
  public enum Layout implements Labelled {
    /** A trial. */
    TRIALS,
    /** A model and what it is worth, as Tables 1 and 2 of the paper. */
    QUALITY,
    /** A model and what it costs, as Table 3 of the paper. */
    STATISTICS,
    /** Both of these. */
    PAPER
  }

  private Tables() {}

  /**
   * @param layout without it what suits: the paper's where the format is laid out and no columns
   *     are chosen
   */
  public static String write(
      List<Run> runs, TableFormat format, Optional<Layout> layout, TableChoice choice) {
    boolean chosen = !choice.columns().isEmpty() || !choice.sort().isEmpty();
    Layout of = layout.orElse(format.isLaidOut() && !chosen ? Layout.PAPER : Layout.TRIALS);
    if (of != Layout.TRIALS && chosen) {
      throw new InputException("--columns and --sort need the layout trials, not " + of.label());
    }
    List<Table> tables =
        switch (of) {
          case TRIALS -> List.of((format.isData() ? choice.orAll() : choice).of(runs));
          case QUALITY -> quality(runs, choice);
          case STATISTICS -> List.of(StatisticsTable.of(runs));
          case PAPER ->
              Stream.concat(quality(runs, choice).stream(), Stream.of(StatisticsTable.of(runs)))
                  .toList();
        };
    if (format.isData() && tables.size() > 1) {
      throw new InputException(
          format.label()
              + " holds one table, but the layout "
              + of.label()
              + " has "
              + tables.size()
              + "; choose another layout, or one model");
    }
    return tables.stream().map(format::write).collect(Collectors.joining("\n"));
  }

  private static List<Table> quality(List<Run> runs, TableChoice choice) {
    if (choice.group().size() > 1) {
      throw new InputException(
          "the layout quality groups by a single name, such as ratio or removed");
    }
    String by = choice.group().isEmpty() ? "ratio" : choice.group().get(0);
    Axis axis =
        Axis.find(by, Run.entries(runs))
            .orElseThrow(
                () ->
                    new InputException(
                        "'"
                            + by
                            + "' is not a setting to group by; there are "
                            + String.join(", ", Axis.names())
                            + " and keys of the configuration"));
    return QualityTable.of(runs, axis);
  }
}
