package dev.secateur.coordinator.report;

import dev.secateur.coordinator.report.NamedMetric.Shown;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.protocol.Labelled;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** A column of a table of trials: the values of an axis of the grid, or results. */
public record TrialColumn(Column column, Shown shown, Function<TrialResult, Cell> cell) {
  /** Those that have always been, in the order of {@code results.csv}. */
  public static final List<TrialColumn> ALL =
      Stream.of(
              Stream.of(
                  number(
                      "trial", Shown.ALWAYS, t -> Cell.of(Integer.toString(t.trial()), t.trial())),
                  text("model", Shown.ALWAYS, TrialResult::model),
                  text("strategy", Shown.ALWAYS, t -> t.point().way()),
                  number(
                      "ratio",
                      Shown.ALWAYS,
                      t -> Cell.of(t.point().ratio().toPlainString(), t.point().ratio())),
                  text("criterion", Shown.ALWAYS, t -> pruned(t, GridPoint::criterion)),
                  text("aggregation", Shown.ALWAYS, t -> pruned(t, GridPoint::aggregation)),
                  text("scope", Shown.WHERE_IT_DIFFERS, t -> t.point().scope().label()),
                  text("target", Shown.WHERE_IT_DIFFERS, t -> t.point().target().label()),
                  steps(),
                  text(
                      "layers",
                      Shown.WHERE_IT_DIFFERS,
                      t -> t.point().removesNothing() ? "" : t.point().layers())),
              NamedMetric.ALL.stream().map(TrialColumn::of),
              Stream.of(
                  known(
                      "perplexity begin",
                      t -> t.beginTokens().perplexityBegin().map(Labelled::label)),
                  known("begin token", t -> t.beginTokens().beginToken().map(Labelled::label)),
                  noted("not recovered", TrialResult::notRecovered),
                  number(
                      "seconds",
                      Shown.ALWAYS,
                      t -> Cell.of(String.format(Locale.ROOT, "%.1f", t.seconds()), t.seconds())),
                  noted("failure", TrialResult::failure)))
          .flatMap(columns -> columns)
          .toList();

  /** Keys of the configuration of which trials have several values, and their seeds. */
  public static final List<TrialColumn> SETTINGS =
      Stream.concat(TrialSettings.AXES.stream(), Stream.of(TrialSettings.SEED))
          .map(TrialColumn::setting)
          .toList();

  private static final TrialColumn UNIFORM =
      text("uniform", Shown.WHERE_IT_DIFFERS, t -> t.point().uniform() ? "uniform" : "");

  private static final TrialColumn CLIMBING =
      new TrialColumn(
          Column.text("climbing", "climbing"),
          Shown.WHERE_IT_DIFFERS,
          t -> Cell.of(Integer.toString(t.point().climbing()), t.point().climbing()));

  /** Those that say where in the grid a trial stands, beside its index and model. */
  public static List<TrialColumn> places() {
    List<TrialColumn> places = new ArrayList<>();
    for (TrialColumn column : ALL.subList(2, ALL.size())) {
      places.add(column);
      if (column.column().name().equals("layers")) {
        break;
      }
    }
    places.add(UNIFORM);
    places.add(CLIMBING);
    places.addAll(SETTINGS);
    return places;
  }

  /** Those that people see, in their order. */
  public static List<TrialColumn> shown(List<TrialResult> trials) {
    List<TrialColumn> shown = new ArrayList<>();
    for (TrialColumn column : ALL) {
      if (column.isShown(trials)) {
        shown.add(column);
      }
      if (column.column().name().equals("layers")) {
        shown.addAll(settings(trials));
      }
    }
    return shown;
  }

  /** Columns of keys in which trials differ, and of rare differences of their points. */
  public static List<TrialColumn> settings(List<TrialResult> trials) {
    return Stream.concat(
            Stream.of(UNIFORM, CLIMBING).filter(column -> column.isShown(trials)),
            SETTINGS.stream()
                .filter(column -> TrialSettings.varies(column.column().name(), trials)))
        .toList();
  }

  private static TrialColumn setting(String key) {
    return new TrialColumn(
        Column.text(key, TrialSettings.title(key)),
        Shown.WHERE_IT_DIFFERS,
        trial -> {
          String text = TrialSettings.text(trial, key);
          return text.matches("\\d+(\\.\\d+)?")
              ? Cell.of(text, new BigDecimal(text))
              : Cell.of(text);
        });
  }

  private static String pruned(TrialResult trial, Function<GridPoint, Labelled> part) {
    return trial.point().removesNothing() ? "" : part.apply(trial.point()).label();
  }

  private static String name(String title) {
    return title.replace(' ', '_');
  }

  private static TrialColumn number(String title, Shown shown, Function<TrialResult, Cell> cell) {
    return new TrialColumn(Column.number(name(title), title), shown, cell);
  }

  private static TrialColumn text(String title, Shown shown, Function<TrialResult, String> cell) {
    return new TrialColumn(Column.text(name(title), title), shown, t -> Cell.of(cell.apply(t)));
  }

  private static TrialColumn steps() {
    return new TrialColumn(
        Column.text("steps", "steps"),
        Shown.WHERE_IT_DIFFERS,
        t -> Cell.of(Integer.toString(t.point().steps()), t.point().steps()));
  }

  private static TrialColumn known(String title, Function<TrialResult, Optional<String>> cell) {
    return text(title, Shown.WHERE_IT_DIFFERS, t -> cell.apply(t).orElse(""));
  }

  private static TrialColumn noted(String title, Function<TrialResult, String> cell) {
    return new TrialColumn(
        Column.noted(name(title), title), Shown.WHERE_KNOWN, t -> Cell.of(cell.apply(t)));
  }

  private static TrialColumn of(NamedMetric metric) {
    Column.Better better =
        metric.metric().equals("perplexity")
            ? Column.Better.LOWER
            : metric.metric().equals("accuracy") ? Column.Better.HIGHER : Column.Better.NEITHER;
    return new TrialColumn(
        new Column(
            name(metric.title()), metric.title(), metric.shown() != Shown.ALWAYS, better, false),
        metric.shown(),
        trial ->
            metric
                .cell(trial)
                .<Cell>map(text -> Cell.of(text, metric.value(trial).orElseThrow()))
                .orElse(Cell.none()));
  }

  /** A measure of one of a trial's models. */
  public static TrialColumn of(Measure measure, Evaluated model, Tasks tasks) {
    return new TrialColumn(
        measure.column(model), Shown.WHERE_KNOWN, trial -> measure.cell(tasks, trial, model));
  }

  /** The columns of a measure; of a size those before and after pruning. */
  public static List<TrialColumn> of(Measure measure, Tasks tasks, List<TrialResult> trials) {
    List<TrialColumn> columns = new ArrayList<>();
    for (Evaluated model : Evaluated.values()) {
      if (measure.isOf(model)) {
        TrialColumn column = of(measure, model, tasks);
        if (column.isShown(trials)) {
          columns.add(column);
        }
      }
    }
    return columns;
  }

  /** What pruning left of a size, where it is known. */
  static List<TrialColumn> shares(Measure size, Tasks tasks, List<TrialResult> trials) {
    return Stream.of(of(size.share(), Evaluated.PRUNED, tasks))
        .filter(column -> column.isShown(trials))
        .toList();
  }

  /** Whether people see it. */
  public boolean isShown(List<TrialResult> trials) {
    Stream<String> cells = trials.stream().map(trial -> cell.apply(trial).text());
    return switch (shown) {
      case ALWAYS -> true;
      case WHERE_IT_DIFFERS ->
          trials.stream()
                  .filter(trial -> !trial.point().removesNothing()) // of which none counts
                  .map(trial -> cell.apply(trial).text())
                  .distinct()
                  .count()
              > 1;
      case WHERE_KNOWN -> cells.anyMatch(text -> !text.isEmpty());
    };
  }
}
