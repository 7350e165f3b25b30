package dev.secateur.coordinator.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A metric of a trial that has its own name in {@code results.json}, and a column in the CSV and
 * the table. All metrics appear under {@link TrialResult#metrics} without being listed here.
 *
 * @param name in JSON
 * @param title of the column; in CSV with underscores
 * @param role of the stage that measured it, as in {@link TrialResult#metrics}
 * @param metric what that stage calls it
 * @param number its number format
 * @param shown when tables show its column
 */
public record NamedMetric(
    String name, String title, String role, String metric, Kind number, Shown shown) {
  static final List<NamedMetric> ALL =
      List.of(
          count("parameters_before", "params before", "pruning", "parameters_before"),
          count("parameters_after", "params after", "pruning", "parameters_after"),
          perplexity("perplexity_before", "ppl before", "before", Shown.ALWAYS),
          perplexity("perplexity_pruned", "ppl pruned", "pruned", Shown.ALWAYS),
          perplexity("perplexity_recovered", "ppl recovered", "recovered", Shown.ALWAYS),
          perplexity("perplexity_scratch", "ppl scratch", "scratch", Shown.WHERE_KNOWN),
          accuracy("accuracy_before", "acc before", "before"),
          accuracy("accuracy_pruned", "acc pruned", "pruned"),
          accuracy("accuracy_recovered", "acc recovered", "recovered"),
          accuracy("accuracy_scratch", "acc scratch", "scratch"));

  enum Kind {
    COUNT,
    REAL
  }

  /** When the table has a column; the CSV always has it. */
  public enum Shown {
    ALWAYS,
    /** Where trials differ in it. */
    WHERE_IT_DIFFERS,
    /** Where any trial has it. */
    WHERE_KNOWN
  }

  private static NamedMetric count(String name, String title, String role, String metric) {
    return new NamedMetric(name, title, role, metric, Kind.COUNT, Shown.ALWAYS);
  }

  private static NamedMetric perplexity(String name, String title, String role, Shown shown) {
    return new NamedMetric(name, title, role, "perplexity", Kind.REAL, shown);
  }

  private static NamedMetric accuracy(String name, String title, String role) {
    return new NamedMetric(name, title, role, "accuracy", Kind.REAL, Shown.WHERE_KNOWN);
  }

  /** Its value in JSON, where it is known. */
  Optional<Number> value(TrialResult trial) {
    return trial.metric(role, metric).map(this::number);
  }

  private Number number(double value) {
    if (number == Kind.COUNT) {
      return (long) value;
    }
    return value;
  }

  /** Its value for a cell, where it is known. */
  Optional<String> cell(TrialResult trial) {
    return value(trial)
        .map(
            value ->
                number == Kind.COUNT
                    ? value.toString()
                    : String.format(Locale.ROOT, "%.4f", value.doubleValue()));
  }
}
