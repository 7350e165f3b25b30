package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the models of a sweep wrote, trial by trial, for people to read. */
final class TrialTexts {
  private static final List<String> MODELS = List.of("before", "pruned", "recovered", "scratch");

  private TrialTexts() {}

  /**
   * Writes {@code samples.md} where any model was asked to write.
   *
   * @param artifacts the folder of artifacts
   */
  static Optional<Path> write(SweepResults results, Path artifacts, Path folder)
      throws IOException {
    StringBuilder text = new StringBuilder();
    for (TrialResult trial : results.trials()) {
      StringBuilder own = new StringBuilder();
      for (String model : MODELS) {
        append(own, model, trial, artifacts);
      }
      if (!own.isEmpty()) {
        text.append("## ").append(title(trial)).append("\n\n").append(own);
      }
    }
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Path file = folder.resolve("samples.md");
    AtomicFile.write(file, "# What the models of " + results.name() + " wrote\n\n" + text);
    return Optional.of(file);
  }

  private static String title(TrialResult trial) {
    return String.join(
        " ",
        "Trial " + trial.trial() + ":",
        trial.model(),
        trial.point().strategy().label(),
        trial.point().ratio().toPlainString(),
        trial.point().criterion().label(),
        trial.point().aggregation().label());
  }

  private static void append(StringBuilder text, String model, TrialResult trial, Path artifacts)
      throws IOException {
    String key = trial.stages().get(model.equals("scratch") ? "scratch_evaluation" : model);
    if (key == null) {
      return;
    }
    Path samples = artifacts.resolve(key).resolve("samples.json");
    if (!Files.isRegularFile(samples)) {
      return;
    }
    text.append("**").append(model).append("**\n\n");
    for (JsonNode sample : new ObjectMapper().readTree(samples.toFile())) {
      text.append("> ").append(inLine(sample.get("prompt").asText())).append(" **|** ");
      text.append(inLine(sample.get("text").asText())).append("\n\n");
    }
  }

  private static String inLine(String text) {
    return text.replace("\n", " / ").strip();
  }
}
