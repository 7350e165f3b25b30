package dev.secateur.coordinator.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes a sweep's results into its run folder. */
public final class ReportFiles {
  private static final ObjectMapper JSON = new ObjectMapper().registerModule(new Jdk8Module());

  private ReportFiles() {}

  /** {@code results.json} and {@code results.csv}; returns their names. */
  public static List<String> writeResults(SweepResults results, Path folder, RunFiles files)
      throws IOException {
    files.put(folder, "results.json", (json(results) + "\n").getBytes(StandardCharsets.UTF_8));
    files.put(folder, "results.csv", ResultsTable.csv(results).getBytes(StandardCharsets.UTF_8));
    return List.of("results.json", "results.csv");
  }

  /** One plot to a model and strategy, as PNG and SVG; returns their names. */
  public static List<String> writePlots(SweepResults results, Path folder, RunFiles files)
      throws IOException {
    List<String> names = new ArrayList<>();
    for (PerplexityPlot plot : PerplexityPlot.of(results)) {
      names.add(plot.name() + ".png");
      files.put(folder, plot.name() + ".png", plot.png());
      names.add(plot.name() + ".svg");
      files.put(folder, plot.name() + ".svg", plot.svg());
    }
    return names;
  }

  /** The results as JSON. */
  public static String json(SweepResults results) throws IOException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(results);
  }
}
