package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Measure;
import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.Tasks;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.plot.Chart;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A folder about one or several runs: tables, plots, and how their numbers were made. */
public final class Report {
  private Report() {}

  /** Its files that need no fonts, by name: all tables. */
  public static Map<String, byte[]> tables(List<Run> runs, TableChoice choice) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("report.md", text(markdown(runs, choice)));
    for (TableFormat format : List.of(TableFormat.CSV, TableFormat.JSON, TableFormat.LATEX)) {
      String written =
          Tables.write(
              runs, format, Optional.empty(), format.isLaidOut() ? TableChoice.NONE : choice);
      files.put("report." + format.ending(), text(written));
    }
    for (Run run : runs) {
      if (!run.curves().curves().isEmpty()) {
        files.put("curves-" + run.name() + ".csv", text(run.curves().csv()));
      }
    }
    return files;
  }

  /** Its plots as PNG and SVG, by name. */
  public static Map<String, byte[]> plots(List<Run> runs) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (Map.Entry<String, Plot> plot : drawn(runs).entrySet()) {
      Optional<Chart> chart = Chart.find(plot.getValue());
      if (chart.isPresent()) {
        files.put(plot.getKey() + ".png", chart.get().png());
        files.put(plot.getKey() + ".svg", chart.get().svg());
      }
    }
    return files;
  }

  /**
   * The plots worth a look, by the names of their files: losses step by step; perplexity and
   * average, where known, against size and time; each of several tasks against size.
   */
  public static Map<String, Plot> drawn(List<Run> runs) {
    List<TrialResult> trials = Run.entries(runs).stream().map(Entry::trial).toList();
    Map<String, Plot> plots = new LinkedHashMap<>();
    if (LossPlot.isAsked("steps", "loss", runs)) {
      plots.put("loss-by-steps", new LossPlot(false, List.of(), List.of()).of(runs));
    }
    List<Measure> known = Measures.named(trials);
    for (Measure y : List.of(Measures.PERPLEXITY, Measures.AVERAGE)) {
      for (Measure x : List.of(Measures.PARAMETERS, Measures.MACS, Measures.LATENCY)) {
        if (known.contains(x) && known.contains(y)) {
          add(plots, x, y.name(), runs);
        }
      }
    }
    List<String> tasks = Tasks.asked(trials);
    if (tasks.size() > 1 && known.contains(Measures.PARAMETERS)) {
      tasks.forEach(task -> add(plots, Measures.PARAMETERS, task, runs));
    }
    return plots;
  }

  private static void add(Map<String, Plot> plots, Measure x, String y, List<Run> runs) {
    try {
      PlotChoice choice = new PlotChoice(x.name(), y, List.of(), List.of());
      String name = (y + "-by-" + x.name()).replaceAll("[^A-Za-z0-9._-]", "_");
      plots.put(name, choice.of(runs));
    } catch (InputException e) {
      // no model has both
    }
  }

  private static byte[] text(String content) {
    return content.getBytes(StandardCharsets.UTF_8);
  }

  private static String markdown(List<Run> runs, TableChoice choice) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(String.join(", ", runs.stream().map(Run::name).toList()));
    text.append("\n\n## Quality and statistics\n\n");
    text.append(
        Tables.write(
            runs, TableFormat.MARKDOWN, Optional.of(Tables.Layout.PAPER), TableChoice.NONE));
    text.append("\n## Trials\n\n");
    text.append(
        Tables.write(runs, TableFormat.MARKDOWN, Optional.of(Tables.Layout.TRIALS), choice));
    text.append("\n## Plots\n");
    drawn(runs)
        .keySet()
        .forEach(n -> text.append("\n![").append(n).append("](").append(n).append(".svg)\n"));
    text.append("\n## Provenance\n");
    runs.forEach(run -> text.append('\n').append(provenance(run)));
    return text.toString();
  }

  private static String provenance(Run run) {
    List<String> lines = new ArrayList<>();
    Provenance of = run.results().provenance();
    if (!of.isKnown()) {
      lines.add("written by a version that did not store provenance");
    } else {
      lines.add("command: `" + of.command() + "`, sent by " + of.client());
      lines.add(
          "submitted " + of.submitted() + (of.ended().isEmpty() ? "" : ", ended " + of.ended()));
      lines.add(
          "Secateur "
              + of.secateur()
              + ", code version "
              + of.codeVersion()
              + ", Java "
              + of.java());
      of.seeds().forEach((use, seeds) -> lines.add("seed of " + use + ": " + seeds));
      of.models()
          .forEach(
              model ->
                  lines.add(
                      "model "
                          + model.name()
                          + ": "
                          + source(model.source(), model.revision())
                          + ", SHA-256 "
                          + model.sha256()));
      of.data()
          .forEach(
              data -> lines.add(data.use() + ": " + data.source() + ", SHA-256 " + data.sha256()));
      of.computed().forEach(on -> lines.add(on.stages() + " stages computed on " + on.machine()));
    }
    StringBuilder text = new StringBuilder();
    text.append("### ").append(run.name()).append(" (").append(run.results().sweep().value());
    text.append(")\n\n");
    lines.forEach(line -> text.append("- ").append(line.replaceAll("\\R", " ")).append('\n'));
    if (!of.settings().isEmpty()) {
      text.append("\n```\n");
      of.settings()
          .forEach((key, value) -> text.append(key).append(" = ").append(value).append('\n'));
      text.append("```\n");
    }
    return text.toString();
  }

  private static String source(String source, String revision) {
    return revision.isEmpty() ? source : source + "@" + revision;
  }
}
