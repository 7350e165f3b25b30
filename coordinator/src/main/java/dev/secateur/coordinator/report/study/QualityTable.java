package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.Measure;
import dev.secateur.coordinator.report.Measured;
import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.Misses;
import dev.secateur.coordinator.report.Repetition;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.Tasks;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The quality of pruned models, laid out as Tables 1 and 2 of the paper (arXiv 2305.11627): the
 * dense model, and then for each ratio the methods without tuning and those with it.
 */
final class QualityTable {
  private static final Map<String, String> TITLES =
      Map.of(
          "boolq", "BoolQ",
          "piqa", "PIQA",
          "hellaswag", "HellaSwag",
          "winogrande", "WinoGrande",
          "arc_easy", "ARC-e",
          "arc_challenge", "ARC-c",
          "openbookqa", "OBQA");

  private static final Map<Evaluated, String> TUNING =
      Map.of(
          Evaluated.PRUNED, "w/o tune",
          Evaluated.RECOVERED, "w/ tune",
          Evaluated.SCRATCH, "from scratch");

  private final List<Entry> entries;
  private final Axis by;
  private final List<Axis> method;
  private final List<Measure> perplexities;
  private final List<Measure> accuracies;

  /**
   * @param entries all of one model
   * @param by whose values make groups
   */
  private QualityTable(List<Entry> entries, Axis by) {
    this.entries = entries;
    this.by = by;
    List<Axis> varying = new ArrayList<>(Axis.varying(entries));
    varying.removeIf(axis -> axis.equals(by) || axis.equals(Axis.RATIO));
    this.method = varying.isEmpty() ? List.of(Axis.CRITERION) : varying;
    List<TrialResult> trials = entries.stream().map(Entry::trial).toList();
    this.perplexities =
        Measures.known(trials).stream()
            .filter(measure -> measure.name().matches("perplexity([._:-].*)?"))
            .toList();
    List<Measure> found =
        new ArrayList<>(Tasks.asked(trials).stream().map(Measures::task).toList());
    if (!found.isEmpty()) {
      found.add(Measures.AVERAGE);
    }
    this.accuracies = found;
  }

  /** A table for each model. */
  static List<Table> of(List<Run> runs, Axis by) {
    Map<String, List<Entry>> models = new LinkedHashMap<>();
    for (Entry entry : Run.entries(runs)) {
      models.computeIfAbsent(entry.trial().model(), model -> new ArrayList<>()).add(entry);
    }
    return models.entrySet().stream()
        .map(model -> new QualityTable(model.getValue(), by).table(model.getKey()))
        .toList();
  }

  private Table table(String model) {
    List<Column> columns = new ArrayList<>(List.of(Column.text("method", "Method")));
    perplexities.forEach(measure -> columns.add(perplexity(measure)));
    accuracies.forEach(
        measure ->
            columns.add(Column.number(measure.name(), title(measure), Column.Better.HIGHER)));
    List<Table.Group> groups = new ArrayList<>();
    groups.add(new Table.Group("", dense(model)));
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparing(e -> Axis.number(by.value().apply(e)).orElse(0.0)));
    Map<String, List<Entry>> values = new LinkedHashMap<>();
    sorted.forEach(
        e -> values.computeIfAbsent(by.value().apply(e), value -> new ArrayList<>()).add(e));
    values.forEach(
        (value, of) ->
            TUNING.keySet().stream()
                .sorted()
                .filter(version -> of.stream().anyMatch(entry -> has(entry, version)))
                .forEach(version -> groups.add(group(value, version, of))));
    return new Table(model, columns, groups, notes()).marked();
  }

  private Column perplexity(Measure measure) {
    String text = measure.name().replaceFirst("^perplexity[._:-]?", "");
    String named =
        text.isEmpty()
            ? entries.get(0).run().setting("evaluation.text").orElse("perplexity")
            : text;
    boolean name = named.matches("[A-Za-z0-9 ._-]{1,24}");
    return Column.number(
        measure.name(), (name ? named : "perplexity") + " \u2193", Column.Better.LOWER);
  }

  private static String title(Measure measure) {
    return measure.equals(Measures.AVERAGE)
        ? "Average"
        : TITLES.getOrDefault(measure.name(), measure.name());
  }

  private List<List<Cell>> dense(String model) {
    Set<List<Cell>> rows = new LinkedHashSet<>();
    for (Entry entry : entries) {
      if (Evaluated.BEFORE.isOf(entry.trial())) {
        rows.add(row(model, entry, Evaluated.BEFORE));
      }
    }
    return List.copyOf(rows);
  }

  private Table.Group group(String value, Evaluated version, List<Entry> of) {
    String title = by.equals(Axis.REMOVED) ? "Ratio = " + value + " %" : by.name() + " = " + value;
    return new Table.Group(
        Character.toUpperCase(title.charAt(0)) + title.substring(1) + ", " + TUNING.get(version),
        Rows.of(evaluations(of, version), false).rows().stream()
            .map(alike -> row(alike, version))
            .toList());
  }

  /** Trials whose models are shown, each pruned model once, however it is recovered. */
  private static List<Entry> evaluations(List<Entry> of, Evaluated version) {
    Set<Object> seen = new HashSet<>();
    return of.stream()
        .filter(entry -> has(entry, version))
        .filter(
            entry ->
                version != Evaluated.PRUNED
                    || seen.add(
                        Optional.<Object>ofNullable(entry.trial().stages().get("pruned"))
                            .orElse(entry)))
        .toList();
  }

  /** Whether a version of a trial's model is shown in a group; the dense one has its own row. */
  private static boolean has(Entry entry, Evaluated version) {
    boolean dense = entry.trial().point().removesNothing() && version == Evaluated.PRUNED;
    return version.isOf(entry.trial()) && !dense;
  }

  /** Of trials that differ in seeds alone. */
  private List<Cell> row(List<Entry> alike, Evaluated version) {
    List<List<Cell>> each =
        alike.stream()
            .map(entry -> row(Axis.label(Axis.of(method, version), entry), entry, version))
            .toList();
    return IntStream.range(0, each.get(0).size())
        .mapToObj(column -> Repetition.together(each.stream().map(r -> r.get(column)).toList()))
        .toList();
  }

  private List<Cell> row(String name, Entry entry, Evaluated version) {
    List<Cell> row = new ArrayList<>(List.of(Cell.of(name)));
    for (Measure measure : perplexities) {
      row.add(cell(measure, entry, version, 1));
    }
    for (Measure measure : accuracies) {
      row.add(cell(measure, entry, version, 100));
    }
    return row;
  }

  private static Cell cell(Measure measure, Entry entry, Evaluated version, double times) {
    return measure
        .of(entry.run().tasks(), entry.trial(), version)
        .map(measured -> cell(measured, times))
        .orElse(Cell.none());
  }

  private static Cell cell(Measured measured, double times) {
    Cell.Figure cell = Cell.of(hundredths(measured.value() * times), measured.value() * times);
    return measured
        .error()
        .<Cell>map(error -> cell.within(hundredths(error * times), error * times))
        .orElse(cell);
  }

  private static String hundredths(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private List<String> notes() {
    List<Run> runs = Run.of(entries);
    Set<String> notes = new LinkedHashSet<>();
    if (Rows.of(entries, false).isRepeated()) {
      notes.add(ResultsTable.REPEATED);
    }
    if (!accuracies.isEmpty()) {
      notes.add("accuracies in percent, with standard errors where they are known");
      notes.addAll(TableChoice.averages(runs));
    }
    Map<String, Integer> failures = new LinkedHashMap<>();
    for (Run run : runs) {
      List<TrialResult> own =
          entries.stream().filter(entry -> entry.run() == run).map(Entry::trial).toList();
      Misses.of(own).forEach(notes::add);
      own.stream()
          .map(TrialResult::failure)
          .filter(failure -> !failure.isEmpty())
          .forEach(text -> failures.merge(text.strip(), 1, Integer::sum));
      ResultsTable.settings(own).ifPresent(notes::add);
    }
    failures.forEach(
        (text, count) ->
            notes.add((count == 1 ? "1 trial" : count + " trials") + " failed: " + text));
    return List.copyOf(notes);
  }
}
