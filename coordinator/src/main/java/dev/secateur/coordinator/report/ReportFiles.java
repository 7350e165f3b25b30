package dev.secateur.coordinator.report;

import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes a sweep's results into its run folder. */
public final class ReportFiles {
  /** The name of a sweep's configuration in its run folder. */
  public static final String CONFIGURATION = "sweep.conf";

  public static final String RESULTS = "results.json";

  private ReportFiles() {}

  /**
   * {@code results.json}, {@code results.csv} and, where trials differ in seeds alone, {@code
   * repetitions.csv}; returns their names.
   */
  public static List<String> writeResults(SweepResults results, Path folder, RunFiles files)
      throws IOException {
    files.put(folder, RESULTS, (json(results) + "\n").getBytes(StandardCharsets.UTF_8));
    files.put(folder, "results.csv", ResultsTable.csv(results).getBytes(StandardCharsets.UTF_8));
    Optional<String> repetitions = ResultsTable.repetitions(results);
    if (repetitions.isPresent()) {
      byte[] text = repetitions.get().getBytes(StandardCharsets.UTF_8);
      files.put(folder, "repetitions.csv", text);
      return List.of(RESULTS, "results.csv", "repetitions.csv");
    }
    return List.of(RESULTS, "results.csv");
  }

  /** {@code sweep.conf}, the configuration as it was submitted; returns its name. */
  public static List<String> writeConfiguration(String text, Path folder, RunFiles files)
      throws IOException {
    files.put(folder, CONFIGURATION, text.getBytes(StandardCharsets.UTF_8));
    return List.of(CONFIGURATION);
  }

  /** {@code samples.md} and {@code samples.json}, what models wrote; returns their names. */
  public static List<String> writeSamples(
      SweepResults results, SampleTexts texts, Path folder, RunFiles files) throws IOException {
    byte[] text = texts.markdown(results).getBytes(StandardCharsets.UTF_8);
    files.put(folder, SampleTexts.MARKDOWN_FILE, text);
    files.put(folder, SampleTexts.JSON_FILE, texts.json());
    return List.of(SampleTexts.MARKDOWN_FILE, SampleTexts.JSON_FILE);
  }

  /**
   * What models wrote.
   *
   * @param evaluations those that are done and whose models were asked to write
   */
  public static SampleTexts texts(
      SweepResults results, Set<StageKey> evaluations, Reporting reporting) {
    return SampleTexts.of(results, evaluations, reporting.artifacts());
  }

  /** {@code curves.json} and {@code curves.csv}, the losses of trainings; returns their names. */
  public static List<String> writeCurves(LossCurves curves, Path folder, RunFiles files)
      throws IOException {
    files.put(folder, LossCurves.JSON_FILE, curves.json());
    files.put(folder, LossCurves.CSV_FILE, curves.csv().getBytes(StandardCharsets.UTF_8));
    return List.of(LossCurves.JSON_FILE, LossCurves.CSV_FILE);
  }

  /**
   * The losses of trainings.
   *
   * @param trainings those that are done
   */
  public static LossCurves curves(
      SweepResults results, Set<StageKey> trainings, Reporting reporting) {
    return LossCurves.of(results, trainings, reporting.artifacts());
  }

  /** The results as JSON. */
  public static String json(SweepResults results) throws IOException {
    return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(results);
  }
}
