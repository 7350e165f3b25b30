package dev.secateur.coordinator.report.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.SampleTexts;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.Tasks;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.TrialSettings;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The results of a sweep among those of others.
 *
 * @param name unique among the runs
 * @param tasks how accuracies of its tasks count
 * @param curves the losses of its trainings
 * @param texts that its models generated
 */
public record Run(
    String name, SweepResults results, Tasks tasks, LossCurves curves, SampleTexts texts) {
  private static final String RESULTS = "results.json";

  /** A trial of a run. */
  public record Entry(Run run, TrialResult trial) {}

  /** One whose curves and texts are not at hand. */
  public static Run of(String name, SweepResults results) {
    return of(name, results, LossCurves.NONE, SampleTexts.NONE);
  }

  public static Run of(String name, SweepResults results, LossCurves curves, SampleTexts texts) {
    return new Run(name, results, Tasks.of(results.provenance()), curves, texts);
  }

  /**
   * Reads run folders.
   *
   * @param paths folders with {@code results.json}, or such files
   * @throws InputException when one of them is neither
   */
  public static List<Run> read(List<Path> paths) {
    List<Run> runs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Path path : paths) {
      SweepResults results = results(path);
      String name = results.name();
      for (int number = 2; !names.add(name); number++) {
        name = results.name() + "-" + number;
      }
      Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
      runs.add(of(name, results, LossCurves.read(folder), SampleTexts.read(folder)));
    }
    return runs;
  }

  private static SweepResults results(Path path) {
    Path file = Files.isDirectory(path) ? path.resolve(RESULTS) : path;
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          path
              + (Files.isDirectory(path) ? ": there is no " + RESULTS : ": there is no such folder")
              + "; a run's folder has it once a trial is complete");
    }
    try {
      SweepResults results = Json.MAPPER.readValue(file.toFile(), SweepResults.class);
      if (results == null || results.trials() == null) {
        throw new InputException(file + ": is not the results of a sweep");
      }
      return results;
    } catch (JsonProcessingException e) {
      throw new InputException(file + ": is not the results of a sweep: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  /** The same with these trials. */
  public Run with(List<TrialResult> trials) {
    return new Run(name, results.with(trials), tasks, curves, texts);
  }

  /** The trials of all runs. */
  public static List<Entry> entries(List<Run> runs) {
    return runs.stream()
        .flatMap(run -> run.results().trials().stream().map(trial -> new Entry(run, trial)))
        .toList();
  }

  /** The runs that trials are of, each once. */
  static List<Run> of(List<Entry> entries) {
    Set<Run> seen = Collections.newSetFromMap(new IdentityHashMap<>()); // a hash would read all
    return entries.stream().map(Entry::run).filter(seen::add).toList();
  }

  /** Every key of its configuration by its path; empty where that is unknown. */
  public Map<String, Object> settings() {
    return results.provenance().settings();
  }

  /** The value of a key. */
  public Optional<String> setting(String path) {
    return Optional.ofNullable(settings().get(path)).map(TrialSettings::text);
  }
}
