package dev.secateur.coordinator.report.page;

import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.LossCurves.Curve;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The section about one run. */
final class RunView {
  /** Trials that are named where several share a reason. */
  private static final int NAMED = 20;

  private RunView() {}

  static void write(Html html, Run run) {
    summary(html, run.results());
    html.element("h3", "What failed");
    boolean any = reasons(html, run, "failed", TrialResult::failure);
    any |= reasons(html, run, "left out of recovery", TrialResult::notRecovered);
    if (!any) {
      html.element("p", "No trial failed.");
    }
    if (!run.curves().equals(LossCurves.NONE)) {
      html.element("h3", "Losses of trainings");
      TableView.write(html, "Losses of trainings", losses(run.curves()));
      TableView.notes(html, run.curves().leftOut());
    }
    TextsView.write(html, run);
    ProvenanceView.write(html, run.results().provenance());
  }

  private static void summary(Html html, SweepResults of) {
    html.open("dl");
    said(html, "sweep", of.sweep().value());
    said(
        html,
        "trials",
        String.format(
            Locale.ROOT,
            "%d of %d complete, %d of them failed",
            of.completed(),
            of.trials().size(),
            of.failed()));
    said(
        html,
        "stages",
        String.format(
            Locale.ROOT,
            "%d of %d done, %d of them reused",
            of.stagesDone(),
            of.stages(),
            of.stagesReused()));
    html.closeLine();
  }

  /** A term and what it is here; nothing where that is empty. */
  static void said(Html html, String term, String text) {
    if (!text.isEmpty()) {
      html.element("dt", Html.brief(term, 200)).element("dd", Html.brief(text, 4_000)).text("\n");
    }
  }

  /** Each reason once, with the trials that have it; whether there are any. */
  private static boolean reasons(
      Html html, Run run, String what, Function<TrialResult, String> reason) {
    Map<String, List<TrialResult>> trials = new LinkedHashMap<>();
    for (TrialResult trial : run.results().trials()) {
      String why = reason.apply(trial);
      if (!why.isEmpty()) {
        trials.computeIfAbsent(why, any -> new ArrayList<>()).add(trial);
      }
    }
    trials.forEach(
        (why, of) -> {
          html.element(
              "h4", (of.size() == 1 ? "1 trial " : of.size() + " trials ") + what, "dir", "auto");
          html.element("pre", Html.brief(why, 10_000), "dir", "auto");
          String named =
              of.stream()
                  .limit(NAMED)
                  .map(trial -> Html.brief(trial.title(), 200))
                  .collect(Collectors.joining("; "));
          html.element("p", named + (of.size() > NAMED ? "; and more" : ""), "class", "notes");
        });
    return !trials.isEmpty();
  }

  private static Table losses(LossCurves curves) {
    List<Column> columns =
        List.of(
            Column.number("trial", "trial"),
            Column.text("model", "model"),
            Column.number("steps", "steps"),
            Column.number("first", "first loss"),
            Column.number("last", "last loss"),
            Column.number("validation", "lowest validation loss"));
    return Table.of(columns, curves.curves().stream().map(RunView::row).toList());
  }

  private static List<Cell> row(Curve curve) {
    List<Double> loss = curve.loss();
    boolean none = loss.isEmpty();
    int steps = none ? 0 : curve.steps().get(curve.steps().size() - 1);
    return List.of(
        Cell.of(Integer.toString(curve.trial()), curve.trial()),
        Cell.of(curve.model()),
        Cell.of(Integer.toString(steps), steps),
        none ? Cell.none() : Cell.real(loss.get(0)),
        none ? Cell.none() : Cell.real(loss.get(loss.size() - 1)),
        curve.validationLoss().isEmpty()
            ? Cell.none()
            : Cell.real(Collections.min(curve.validationLoss())));
  }
}
