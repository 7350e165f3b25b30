package dev.secateur.actors.cli;

import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.study.TableChoice;
import dev.secateur.coordinator.report.study.TableChoice.Comparison;
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
          "table, csv, json, markdown or latex (with booktabs). markdown and latex, without"
              + " --columns and --sort, have the layout of the paper's tables.")
  private TableFormat format;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      description =
          "trials: a row per trial; quality: like the paper's tables 1 and 2; statistics:"
              + " like its table 3; paper: quality and statistics.")
  private Tables.Layout layout;

  @Option(
      names = "--columns",
      paramLabel = "COLUMN",
      split = ",",
      description = {
        "Columns, separated by commas: those of the CSV; a measure (perplexity, average, a"
            + " task, macs, memory, latency, loss ...), with a column for each model that has it; a"
            + " measure of one model (boolq:recovered); a share of the dense model's value"
            + " (macs_share); a key of the configuration (calibration.samples); any metric"
            + " (pruned:windows); all."
      })
  private List<String> columns = List.of();

  @Option(
      names = "--sort",
      paramLabel = "COLUMN",
      split = ",",
      description =
          "Sort by these columns; a hyphen before a name (-average) puts the largest first.")
  private List<String> sort = List.of();

  @Option(
      names = "--group",
      paramLabel = "COLUMN",
      split = ",",
      description =
          "Group rows with the same values: ratio, strategy ..., or removed, the percentage"
              + " of parameters removed.")
  private List<String> group = List.of();

  @Option(
      names = "--each",
      description = "A row for every trial, also for those that differ only in their seeds.")
  private boolean each;

  @Option(
      names = "--reference",
      paramLabel = "TRIAL",
      description =
          "Compare with the trial of this number: differences for the same seed, their mean"
              + " and standard deviation.")
  private Integer reference;

  /** Whether any of them was given. */
  boolean isGiven() {
    return format != null || layout != null || !choice().equals(TableChoice.NONE);
  }

  TableChoice choice() {
    Comparison comparison =
        reference == null ? new Comparison.None() : new Comparison.WithTrial(reference);
    return new TableChoice(columns, sort, group, each, comparison);
  }

  /**
   * The choice for a page.
   *
   * @throws InputException when the options say how to print a table
   */
  TableChoice choiceOfPage() {
    if (format != null || layout != null) {
      throw new InputException(
          "--html writes a page, but --format and --layout say how to print a table: remove them");
    }
    return choice();
  }

  String write(List<Run> runs) {
    return Tables.write(
        runs, format == null ? TableFormat.TABLE : format, Optional.ofNullable(layout), choice());
  }
}
