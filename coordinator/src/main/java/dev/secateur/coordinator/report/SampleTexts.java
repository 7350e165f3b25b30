package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The texts that the models of a sweep generated, as in {@code samples.md} and {@code samples.json}
 * of its run folder.
 *
 * @param texts of trials in their order
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SampleTexts(List<Written> texts) {
  public static final SampleTexts NONE = new SampleTexts(List.of());

  public static final String JSON_FILE = "samples.json";
  static final String MARKDOWN_FILE = "samples.md";

  /** What a stage's artifact calls its own. */
  private static final String IN_ARTIFACT = "samples.json";

  /**
   * What a model of a trial wrote.
   *
   * @param missing why it is unavailable; empty where it is there
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Written(
      int trial,
      String model,
      List<Sample> samples,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String missing) {
    public Written {
      samples = samples == null ? List.of() : samples;
      missing = missing == null ? "" : missing;
    }
  }

  /**
   * @param text what follows the prompt
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Sample(String prompt, String text) {
    public Sample {
      prompt = prompt == null ? "" : prompt;
      text = text == null ? "" : text;
    }
  }

  public SampleTexts {
    texts = texts == null ? List.of() : texts;
  }

  /**
   * Reads what the stages left behind.
   *
   * @param evaluations those that are done and whose models were asked to write
   * @param artifacts where the texts are; what is unavailable is named in their place
   */
  static SampleTexts of(SweepResults results, Set<StageKey> evaluations, ArtifactFiles artifacts) {
    Map<StageKey, Written> read = new HashMap<>();
    List<Written> texts = new ArrayList<>();
    for (TrialResult trial : results.trials()) {
      for (Evaluated model : Evaluated.values()) {
        String role = model == Evaluated.SCRATCH ? "scratch_evaluation" : model.label();
        Optional<StageKey> key =
            Optional.ofNullable(trial.stages().get(role))
                .map(StageKey::new)
                .filter(evaluations::contains);
        if (key.isPresent()) {
          Written written =
              read.computeIfAbsent(key.get(), evaluation -> read(evaluation, artifacts));
          texts.add(
              new Written(trial.trial(), model.label(), written.samples(), written.missing()));
        }
      }
    }
    return new SampleTexts(List.copyOf(texts));
  }

  private static Written read(StageKey evaluation, ArtifactFiles artifacts) {
    String missing = "its artifact has no " + IN_ARTIFACT;
    try {
      Optional<byte[]> stored = artifacts.find(evaluation, IN_ARTIFACT);
      if (stored.isPresent()) {
        return new Written(
            0, "", List.of(Json.TOLERANT.readValue(stored.get(), Sample[].class)), "");
      }
    } catch (IOException | RuntimeException e) {
      missing = String.valueOf(e.getMessage());
    }
    String why = "The texts of evaluation " + evaluation.brief() + " are unavailable: " + missing;
    return new Written(0, "", List.of(), why);
  }

  /**
   * Those of a run's folder; none where it has none.
   *
   * @throws InputException when its file can't be read
   */
  public static SampleTexts read(Path folder) {
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
  public static SampleTexts parse(byte[] json) throws IOException {
    return Json.TOLERANT.readValue(json, SampleTexts.class);
  }

  byte[] json() {
    try {
      return (Json.TOLERANT.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For people to read, trial by trial. */
  String markdown(SweepResults results) {
    Map<Integer, TrialResult> trials = new HashMap<>();
    results.trials().forEach(trial -> trials.put(trial.trial(), trial));
    StringBuilder text = new StringBuilder();
    text.append("# What the models of ").append(results.name()).append(" wrote\n\n");
    int last = -1;
    for (Written written : texts) {
      if (written.trial() != last) {
        last = written.trial();
        text.append("## ").append(trials.get(last).title()).append("\n\n");
      }
      text.append("**").append(written.model()).append("**\n\n");
      if (!written.missing().isEmpty()) {
        text.append('*').append(inLine(written.missing())).append("*\n\n");
      }
      for (Sample sample : written.samples()) {
        text.append("> ").append(inLine(sample.prompt())).append(" **|** ");
        text.append(inLine(sample.text())).append("\n\n");
      }
    }
    return text.toString();
  }

  private static String inLine(String text) {
    return text.replace("\n", " / ").strip();
  }
}
