package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.Measure;
import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.TrialColumn;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** The columns that a table of these runs' trials may have, by name. */
final class Columns {
  private static final Set<String> LAST = Set.of("not_recovered", "seconds", "failure");
  private static final Set<String> ACCURACIES =
      Set.of("acc_before", "acc_pruned", "acc_recovered", "acc_scratch");

  private final List<Run> runs;
  private final List<Entry> entries;
  private final List<TrialResult> trials;

  /** A column, and a trial's cell of it. */
  record One(Column column, Function<Entry, Cell> cell) {}

  Columns(List<Run> runs) {
    this.runs = runs;
    this.entries = Run.entries(runs);
    this.trials = entries.stream().map(Entry::trial).toList();
  }

  /** What people want to see first: where trials stand, sizes, perplexities, averages. */
  List<One> usual() {
    List<One> usual = new ArrayList<>();
    if (runs.size() > 1) {
      usual.addAll(named("run"));
    }
    List<TrialColumn> own =
        TrialColumn.shown(trials).stream()
            .filter(column -> !ACCURACIES.contains(column.column().name()))
            .toList();
    own.stream().filter(c -> !LAST.contains(c.column().name())).map(this::one).forEach(usual::add);
    List<Measure> known = Measures.named(trials);
    known.stream()
        .filter(measure -> measure.name().startsWith("perplexity."))
        .forEach(measure -> usual.addAll(ofModels(measure)));
    List.of(Measures.MACS, Measures.AVERAGE, Measures.LATENCY).stream()
        .filter(known::contains)
        .forEach(measure -> usual.addAll(ofModels(measure)));
    own.stream().filter(c -> LAST.contains(c.column().name())).map(this::one).forEach(usual::add);
    return usual;
  }

  /**
   * The columns of a name; of a measure one to each model that has it.
   *
   * @throws InputException when there is none
   */
  List<One> named(String asked) {
    String name = plain(asked);
    if (name.equals("all")) {
      return all();
    }
    Optional<TrialColumn> own =
        Stream.concat(TrialColumn.ALL.stream(), TrialColumn.settings(trials).stream())
            .filter(
                column ->
                    column.column().name().equals(name) || column.column().name().equals(asked))
            .findFirst();
    if (own.isPresent()) {
      return List.of(one(own.get()));
    }
    Optional<Axis> axis = Axis.find(asked, entries);
    if (axis.isPresent()) {
      return List.of(one(axis.get()));
    }
    Optional<Measure> measure = Measures.find(name, trials);
    if (measure.isPresent()) {
      return ofModels(measure.get());
    }
    return List.of(
        ofOneModel(name)
            .orElseThrow(
                () ->
                    new InputException(
                        "'"
                            + asked
                            + "' is not a column"
                            + Suggestion.of(name, names())
                            + "; there are "
                            + String.join(", ", names()))));
  }

  /** The one column to sort or group by: of a measure that of the last model that has it. */
  One key(String asked) {
    List<One> all = named(asked);
    return all.size() == 1
        ? all.get(0)
        : new One(
            all.get(0).column(),
            entry -> {
              Cell last = Cell.none();
              for (One one : all) {
                Cell cell = one.cell().apply(entry);
                last =
                    one.column().name().endsWith("_scratch") || cell.text().isEmpty() ? last : cell;
              }
              return last;
            });
  }

  private List<One> all() {
    List<One> all = new ArrayList<>();
    if (runs.size() > 1) {
      all.addAll(named("run"));
    }
    TrialColumn.shown(trials).stream().map(this::one).forEach(all::add);
    for (Measure measure : Measures.known(trials)) {
      if (!Set.of("parameters", "perplexity", "accuracy").contains(measure.name())) {
        all.addAll(ofModels(measure));
      }
    }
    return all;
  }

  private List<String> names() {
    List<String> names = new ArrayList<>(List.of("all", "run"));
    TrialColumn.ALL.forEach(column -> names.add(column.column().name()));
    TrialColumn.settings(trials).forEach(column -> names.add(column.column().name()));
    Measures.known(trials).forEach(measure -> names.add(measure.name()));
    return names.stream().distinct().toList();
  }

  private static String plain(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
  }

  private One one(TrialColumn column) {
    return new One(column.column(), entry -> column.cell().apply(entry.trial()));
  }

  private static One one(Axis axis) {
    return new One(
        Column.text(axis.name(), axis.name()),
        entry -> {
          String text = axis.value().apply(entry);
          return Axis.number(text).<Cell>map(number -> Cell.of(text, number)).orElse(Cell.of(text));
        });
  }

  private List<One> ofModels(Measure measure) {
    List<One> columns = new ArrayList<>();
    for (Evaluated model : Evaluated.values()) {
      One one = one(measure, model);
      if (measure.isOf(model)
          && entries.stream().anyMatch(entry -> !one.cell().apply(entry).text().isEmpty())) {
        columns.add(one);
      }
    }
    return columns.isEmpty() ? List.of(one(measure, Evaluated.PRUNED)) : columns;
  }

  private static One one(Measure measure, Evaluated model) {
    return new One(
        measure.column(model), entry -> measure.cell(entry.run().tasks(), entry.trial(), model));
  }

  /** {@code MEASURE_MODEL}, {@code MEASURE:MODEL}, or {@code ROLE:METRIC} of whatever there is. */
  private Optional<One> ofOneModel(String name) {
    int at = Math.max(name.lastIndexOf(':'), name.lastIndexOf('_'));
    String last = name.substring(at + 1);
    Optional<Evaluated> model =
        Arrays.stream(Evaluated.values())
            .filter(one -> one.label().equals(last.equals("after") ? "pruned" : last))
            .findFirst();
    if (at > 0 && model.isPresent()) {
      return Measures.find(name.substring(0, at), trials).map(m -> one(m, model.get()));
    }
    String[] parts = name.split(":", 2);
    boolean known =
        parts.length == 2
            && trials.stream().anyMatch(t -> t.metric(parts[0], parts[1]).isPresent());
    return known
        ? Optional.of(
            new One(
                Column.number(name, name.replace(':', ' ')),
                entry ->
                    entry
                        .trial()
                        .metric(parts[0], parts[1])
                        .<Cell>map(Cell::real)
                        .orElse(Cell.none())))
        : Optional.empty();
  }
}
