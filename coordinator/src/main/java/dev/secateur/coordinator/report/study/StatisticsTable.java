package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.Measure;
import dev.secateur.coordinator.report.Measured;
import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;

/**
 * The costs of pruned models, laid out as Table 3 of the paper (arXiv 2305.11627), with shares of
 * the dense model's. Trials whose models have the same shape are one row.
 */
final class StatisticsTable {
  private static final List<Column> COLUMNS =
      List.of(
          Column.text("model", "Model"),
          Column.text("strategy", "Strategy"),
          Column.number("ratio", "Ratio"),
          Column.number("parameters", "#Params"),
          Column.number("macs", "#MACs"),
          Column.number("memory_bytes", "Memory"),
          Column.number("latency_seconds", "Latency"));

  private static final List<String> COUNTS = List.of("", "K", "M", "B");
  private static final List<String> GIGA = List.of("", "K", "M", "G", "T");

  private StatisticsTable() {}

  static Table of(List<Run> runs) {
    Map<String, List<Entry>> models = new LinkedHashMap<>();
    for (Entry entry : Run.entries(runs)) {
      models.computeIfAbsent(entry.trial().model(), model -> new ArrayList<>()).add(entry);
    }
    List<Table.Group> groups = new ArrayList<>();
    models.forEach((model, entries) -> groups.add(new Table.Group("", rows(model, entries))));
    boolean timed =
        groups.stream()
            .flatMap(group -> group.rows().stream())
            .anyMatch(row -> !row.get(COLUMNS.size() - 1).text().isEmpty());
    List<String> notes = new ArrayList<>();
    notes.add("multiply-accumulates and memory of 64 tokens in half precision");
    if (timed) {
      notes.add("latency is the median of a forward pass");
    }
    return new Table("Statistics of the base models and the pruned ones", COLUMNS, groups, notes);
  }

  private static List<List<Cell>> rows(String model, List<Entry> entries) {
    List<List<Cell>> rows = new ArrayList<>();
    rows.add(row(model, "", Cell.none(), entries, Evaluated.BEFORE));
    Map<List<Object>, List<Entry>> shapes = new LinkedHashMap<>();
    for (Entry entry : entries) {
      boolean dense = entry.trial().point().removesNothing();
      if (!dense && value(Measures.PARAMETERS, entry, Evaluated.PRUNED).isPresent()) {
        shapes.computeIfAbsent(shape(entry), shape -> new ArrayList<>()).add(entry);
      }
    }
    List<Axis> varying = new ArrayList<>(Axis.varying(entries));
    varying.retainAll(List.of(Axis.LAYERS));
    for (List<Entry> same : shapes.values()) {
      var point = same.get(0).trial().point();
      String of = Axis.label(varying, same.get(0));
      rows.add(
          row(
              model,
              point.strategy().label() + (of.isEmpty() ? "" : ", " + of),
              Cell.of(point.ratio().toPlainString(), point.ratio()),
              same,
              Evaluated.PRUNED));
    }
    return rows;
  }

  private static List<Object> shape(Entry entry) {
    var point = entry.trial().point();
    return List.of(
        point.strategy(),
        point.ratio(),
        point.layers(),
        value(Measures.PARAMETERS, entry, Evaluated.PRUNED),
        value(Measures.MACS, entry, Evaluated.PRUNED));
  }

  private static List<Cell> row(
      String model, String strategy, Cell ratio, List<Entry> same, Evaluated version) {
    return List.of(
        Cell.of(model),
        Cell.of(strategy),
        ratio,
        cell(Measures.PARAMETERS, same, version, value -> scaled(value, COUNTS)),
        cell(Measures.MACS, same, version, value -> scaled(value, GIGA)),
        cell(
            Measures.MEMORY,
            same,
            version,
            value -> String.format(Locale.ROOT, "%.1f MiB", value / (1 << 20))),
        cell(Measures.LATENCY, same, version, StatisticsTable::seconds));
  }

  /** The mean of what is known, and its share of the dense model's. */
  private static Cell cell(
      Measure measure, List<Entry> same, Evaluated version, DoubleFunction<String> text) {
    OptionalDouble known = mean(measure, same, version);
    if (known.isEmpty()) {
      return Cell.none();
    }
    OptionalDouble dense = mean(measure, same, Evaluated.BEFORE);
    String share =
        version == Evaluated.BEFORE || dense.isEmpty() || dense.getAsDouble() == 0
            ? ""
            : String.format(
                Locale.ROOT, " (%.1f %%)", 100 * known.getAsDouble() / dense.getAsDouble());
    return Cell.of(text.apply(known.getAsDouble()) + share, known.getAsDouble());
  }

  private static OptionalDouble mean(Measure measure, List<Entry> same, Evaluated version) {
    return same.stream()
        .flatMap(entry -> value(measure, entry, version).stream())
        .mapToDouble(value -> value)
        .average();
  }

  private static Optional<Double> value(Measure measure, Entry entry, Evaluated version) {
    return measure.of(entry.run().tasks(), entry.trial(), version).map(Measured::value);
  }

  private static String scaled(double value, List<String> units) {
    int unit = 0;
    double scaled = value;
    while (scaled >= 1000 && unit < units.size() - 1) {
      scaled /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.2f %s", scaled, units.get(unit)).strip();
  }

  private static String seconds(double value) {
    return value < 1
        ? String.format(Locale.ROOT, "%.2f ms", 1000 * value)
        : String.format(Locale.ROOT, "%.2f s", value);
  }
}
