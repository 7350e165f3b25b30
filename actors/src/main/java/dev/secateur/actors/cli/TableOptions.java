package dev.secateur.actors.cli;

import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.study.TableChoice;
import dev.secateur.coordinator.report.study.Tables;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.protocol.InputException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that select a table of results and its format. */
final class TableOptions {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "table, csv, json, markdown or latex (for booktabs). The last two, without --columns and"
              + " --sort, are laid out as the paper's tables.")
  private TableFormat format;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      description =
          "trials: a row to each; quality: as the paper's tables 1 and 2; statistics: as its table"
              + " 3; paper: both of these.")
  private Tables.Layout layout;

  @Option(
      names = "--columns",
      paramLabel = "COLUMN",
      split = ",",
      description = {
        "Columns, separated by commas: those of the CSV; a measure (perplexity, average, a task,"
            + " macs, memory, latency, loss ...), which stands for one of each model that has it;"
            + " one model's (boolq:recovered); a share of the dense model's (macs_share); a key of"
            + " the configuration (calibration.samples); any metric (pruned:windows); all."
      })
  private List<String> columns = List.of();

  @Option(
      names = "--sort",
      paramLabel = "COLUMN",
      split = ",",
      description = "Sort by these; with a hyphen before it (-average) the largest comes first.")
  private List<String> sort = List.of();

  @Option(
      names = "--group",
      paramLabel = "COLUMN",
      split = ",",
      description =
          "Put rows with the same values together: ratio, strategy ..., or removed, the percentage"
              + " of parameters that are gone.")
  private List<String> group = List.of();

  @Option(
      names = "--each",
      description = "A row to every trial, also to those that differ in their seeds alone.")
  private boolean each;

  @Option(
      names = "--reference",
      paramLabel = "TRIAL",
      description =
          "Compare with this trial, by its number: differences of the same seed, their mean and"
              + " deviation.")
  private Integer reference;

  /** Whether any of them was given. */
  boolean isGiven() {
    return format != null || layout != null || !choice().equals(TableChoice.NONE);
  }

  TableChoice choice() {
    return new TableChoice(columns, sort, group, each, Optional.ofNullable(reference));
  }

  /**
   * The choice for a page.
   *
   * @throws InputException when the options say how to print a table
   */
  TableChoice choiceOfPage() {
    if (format != null || layout != null) {
      throw new InputException(
          "--html writes a page; --format and --layout say how a table is printed: leave them out");
    }
    return choice();
  }

  String write(List<Run> runs) {
    return Tables.write(
        runs, format == null ? TableFormat.TABLE : format, Optional.ofNullable(layout), choice());
  }
}
