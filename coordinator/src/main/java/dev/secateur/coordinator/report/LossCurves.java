package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.report.table.Csv;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The losses of a sweep's trainings, step by step, as {@code curves.json} and {@code curves.csv} of
 * its run folder have them.
 *
 * @param curves of trials in their order
 * @param leftOut what is unavailable, a line each
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record LossCurves(List<Curve> curves, @JsonProperty("left_out") List<String> leftOut) {
  public static final LossCurves NONE = new LossCurves(List.of(), List.of());

  public static final String JSON_FILE = "curves.json";
  static final String CSV_FILE = "curves.csv";

  /** What a stage's artifact calls its own. */
  private static final String IN_ARTIFACT = "losses.json";

  /** What all of them may have together, in characters of JSON: the reporter holds them at once. */
  private static final long MOST = 64L << 20;

  /** The roles of stages that train, and what they make. */
  private static final Map<String, Evaluated> MAKES =
      Map.of("adapter", Evaluated.RECOVERED, "scratch", Evaluated.SCRATCH);

  /**
   * A training's.
   *
   * @param model {@code recovered}, or {@code scratch}
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Curve(
      int trial,
      String model,
      List<Integer> steps,
      List<Double> loss,
      @JsonProperty("validation_steps") List<Integer> validationSteps,
      @JsonProperty("validation_loss") List<Double> validationLoss) {}

  /** As an artifact has them. */
  private record Stored(
      List<Integer> steps,
      List<Double> loss,
      @JsonProperty("validation_steps") List<Integer> validationSteps,
      @JsonProperty("validation_loss") List<Double> validationLoss) {
    Curve of(TrialResult trial, Evaluated model) {
      return new Curve(trial.trial(), model.label(), steps, loss, validationSteps, validationLoss);
    }
  }

  /**
   * Reads what the stages left behind.
   *
   * @param done the trainings that are done
   */
  static LossCurves of(SweepResults results, Set<StageKey> done, ArtifactFiles artifacts) {
    List<Curve> curves = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    long size = 0;
    for (TrialResult trial : results.trials()) {
      for (String role : List.of("adapter", "scratch")) {
        String key = trial.stages().get(role);
        if (key == null || !done.contains(new StageKey(key))) {
          continue;
        }
        String name = "trial " + trial.trial() + ", " + MAKES.get(role).label() + ": ";
        try {
          Optional<byte[]> stored = artifacts.find(new StageKey(key), IN_ARTIFACT);
          size += stored.map(bytes -> bytes.length).orElse(0);
          if (stored.isEmpty()) {
            leftOut.add(name + "trained by a version that did not store losses");
          } else if (size > MOST) {
            leftOut.add(name + "there are more than " + MOST + " bytes of curves");
          } else {
            curves.add(
                Json.TOLERANT.readValue(stored.get(), Stored.class).of(trial, MAKES.get(role)));
          }
        } catch (IOException | RuntimeException e) {
          leftOut.add(name + e.getMessage());
        }
      }
    }
    return new LossCurves(List.copyOf(curves), List.copyOf(leftOut));
  }

  /**
   * Those of a run's folder; none where it has none.
   *
   * @throws InputException when its file can't be read
   */
  public static LossCurves read(Path folder) {
    Path file = folder.resolve(JSON_FILE);
    if (!Files.isRegularFile(file)) {
      return NONE;
    }
    try {
      return parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  /** What a file of theirs says. */
  public static LossCurves parse(byte[] json) throws IOException {
    return Json.TOLERANT.readValue(json, LossCurves.class);
  }

  byte[] json() {
    try {
      return (Json.TOLERANT.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A row to each step; a held-out loss stands in the row of the step that it was taken after. */
  public String csv() {
    List<List<?>> rows = new ArrayList<>();
    rows.add(List.of("trial", "model", "step", "loss", "validation_loss"));
    curves.forEach(curve -> rows.addAll(rows(curve)));
    return new Csv("\n").write(rows);
  }

  private static List<List<?>> rows(Curve curve) {
    List<List<?>> rows = new ArrayList<>();
    int held = 0;
    for (int i = 0; i < curve.steps().size(); i++) {
      int step = curve.steps().get(i);
      boolean validated =
          held < curve.validationSteps().size() && curve.validationSteps().get(held) == step;
      Object validation = validated ? curve.validationLoss().get(held++) : "";
      rows.add(List.of(curve.trial(), curve.model(), step, curve.loss().get(i), validation));
    }
    return rows;
  }
}
