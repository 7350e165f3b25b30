package dev.secateur.coordinator.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the models of a sweep wrote, trial by trial, for people to read: Markdown. */
final class SampleTexts {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> MODELS = List.of("before", "pruned", "recovered", "scratch");
  private static final String SAMPLES = "samples.json";

  private final Set<String> evaluations;
  private final ArtifactFiles artifacts;

  private SampleTexts(Set<StageKey> evaluations, ArtifactFiles artifacts) {
    this.evaluations = evaluations.stream().map(StageKey::value).collect(Collectors.toSet());
    this.artifacts = artifacts;
  }

  /**
   * @param evaluations those that are done and whose models were asked to write
   * @param artifacts where the texts are; what can't be had is named in their place
   */
  static String of(SweepResults results, Set<StageKey> evaluations, ArtifactFiles artifacts) {
    SampleTexts texts = new SampleTexts(evaluations, artifacts);
    StringBuilder text = new StringBuilder();
    text.append("# What the models of ").append(results.name()).append(" wrote\n\n");
    results.trials().forEach(trial -> texts.append(text, trial));
    return text.toString();
  }

  private void append(StringBuilder text, TrialResult trial) {
    StringBuilder own = new StringBuilder();
    for (String model : MODELS) {
      String key = trial.stages().get(model.equals("scratch") ? "scratch_evaluation" : model);
      if (key != null && evaluations.contains(key)) {
        own.append("**").append(model).append("**\n\n").append(texts(new StageKey(key)));
      }
    }
    if (!own.isEmpty()) {
      text.append("## ").append(title(trial)).append("\n\n").append(own);
    }
  }

  private static String title(TrialResult trial) {
    return String.join(
        " ",
        "Trial " + trial.trial() + ":",
        trial.model(),
        trial.point().way(),
        trial.point().ratio().toPlainString(),
        trial.point().criterion().label(),
        trial.point().aggregation().label());
  }

  private String texts(StageKey evaluation) {
    try {
      Optional<byte[]> samples = artifacts.find(evaluation, SAMPLES);
      return samples.isPresent()
          ? quoted(JSON.readTree(samples.get()))
          : missing(evaluation, "its artifact has no " + SAMPLES);
    } catch (IOException | RuntimeException e) {
      return missing(evaluation, String.valueOf(e.getMessage()));
    }
  }

  private static String quoted(JsonNode samples) {
    StringBuilder text = new StringBuilder();
    for (JsonNode sample : samples) {
      text.append("> ").append(inLine(sample.path("prompt").asText())).append(" **|** ");
      text.append(inLine(sample.path("text").asText())).append("\n\n");
    }
    return text.toString();
  }

  private static String missing(StageKey evaluation, String why) {
    return "*The texts of evaluation "
        + evaluation.brief()
        + " can't be had: "
        + inLine(why)
        + "*\n\n";
  }

  private static String inLine(String text) {
    return text.replace("\n", " / ").strip();
  }
}
