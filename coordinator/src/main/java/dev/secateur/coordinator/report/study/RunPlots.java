package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.coordinator.report.Tasks;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.plot.Chart;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The plots of a run's folder: for each model and strategy, perplexity, the accuracy on each task
 * and their average against parameters.
 */
public final class RunPlots {
  private RunPlots() {}

  /** By the names of their files, without endings. */
  static Map<String, Plot> of(Run run) {
    Map<String, String> names = names(run.results().trials());
    Map<String, List<TrialResult>> panels = new LinkedHashMap<>();
    for (TrialResult trial : run.results().trials()) {
      if (!trial.point().removesNothing()) { // where every line begins
        String panel = names.get(trial.model()) + "-" + trial.point().strategy().label();
        panels.computeIfAbsent(panel, any -> new ArrayList<>()).add(trial);
      }
    }
    Map<String, Plot> plots = new LinkedHashMap<>();
    panels.forEach(
        (panel, trials) -> {
          for (String measure : measures(trials)) {
            PlotChoice choice =
                new PlotChoice(Measures.PARAMETERS.name(), measure, List.of(), List.of());
            try {
              plots.put(name(measure) + "-" + panel, choice.of(List.of(run.with(trials))));
            } catch (InputException e) {
              // no model has both
            }
          }
        });
    return plots;
  }

  /** Those of models: perplexity, each task, and the average of several. */
  private static List<String> measures(Collection<TrialResult> trials) {
    List<String> measures = new ArrayList<>(List.of(Measures.PERPLEXITY.name()));
    List<String> tasks = Tasks.asked(trials);
    measures.addAll(tasks);
    if (tasks.size() > 1) {
      measures.add(Measures.AVERAGE.name());
    }
    return measures;
  }

  /** Each model's last word as files can bear it; with a number where another has it already. */
  private static Map<String, String> names(List<TrialResult> trials) {
    Map<String, String> names = new LinkedHashMap<>();
    for (TrialResult trial : trials) {
      if (!names.containsKey(trial.model())) {
        String last = name(trial.model().replaceAll("^.*/(?=.)", ""));
        String name = last;
        for (int number = 2; names.containsValue(name); number++) {
          name = last + "-" + number;
        }
        names.put(trial.model(), name);
      }
    }
    return names;
  }

  private static String name(String text) {
    return text.replaceAll("[^A-Za-z0-9._-]", "_");
  }

  /**
   * Writes them as SVG, and then as PNG.
   *
   * @param written gets the names of the files, each when it is there
   * @throws Error when Java lacks its desktop module or fonts, which PNG needs
   */
  public static void write(Run run, Path folder, RunFiles files, List<String> written)
      throws IOException {
    Map<String, Chart> charts = new LinkedHashMap<>();
    of(run).forEach((name, plot) -> Chart.find(plot).ifPresent(chart -> charts.put(name, chart)));
    for (Map.Entry<String, Chart> chart : charts.entrySet()) {
      files.put(folder, chart.getKey() + ".svg", chart.getValue().svg());
      written.add(chart.getKey() + ".svg");
    }
    for (Map.Entry<String, Chart> chart : charts.entrySet()) {
      files.put(folder, chart.getKey() + ".png", chart.getValue().png());
      written.add(chart.getKey() + ".png");
    }
  }
}
