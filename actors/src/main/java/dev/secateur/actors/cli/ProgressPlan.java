package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.report.StageWords;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a view of progress knows of a plan.
 *
 * @param words display name of each trial
 * @param stages by their keys
 */
record ProgressPlan(
    String name,
    List<String> words,
    Map<String, Planned> stages,
    Map<Integer, List<String>> byTrial) {
  /**
   * A stage, and what people call it.
   *
   * @param trials that need it
   */
  record Planned(String kind, String words, List<Integer> trials) {}

  private ProgressPlan(String name, List<String> words, Map<String, Planned> stages) {
    this(name, words, stages, byTrial(stages));
  }

  /** How many trials there are. */
  int trials() {
    return words.size();
  }

  private static Map<Integer, List<String>> byTrial(Map<String, Planned> stages) {
    Map<Integer, List<String>> all = new HashMap<>();
    stages.forEach(
        (key, stage) ->
            stage
                .trials()
                .forEach(trial -> all.computeIfAbsent(trial, any -> new ArrayList<>()).add(key)));
    return all;
  }

  static ProgressPlan of(SweepPlan plan) {
    Map<StageKey, List<Integer>> owners = new HashMap<>();
    for (Trial trial : plan.trials()) {
      trial
          .stages()
          .forEach(key -> owners.computeIfAbsent(key, any -> new ArrayList<>()).add(trial.index()));
    }
    StageWords words = new StageWords(plan);
    Map<String, Planned> stages = new LinkedHashMap<>();
    for (Stage stage : plan.stages()) {
      List<Integer> trials = owners.getOrDefault(stage.key(), List.of());
      stages.put(
          stage.key().value(), new Planned(stage.kind().label(), words.of(stage.key()), trials));
    }
    return new ProgressPlan(
        plan.name(), plan.trials().stream().map(StageWords::of).toList(), stages);
  }

  /** As the API tells it. */
  static ProgressPlan of(JsonNode plan) {
    Map<String, Planned> stages = new LinkedHashMap<>();
    for (JsonNode stage : plan.path("stages")) {
      List<Integer> trials = new ArrayList<>();
      stage.path("trials").forEach(trial -> trials.add(trial.asInt()));
      stages.put(
          stage.path("stage").asText(),
          new Planned(stage.path("kind").asText(), stage.path("words").asText(), trials));
    }
    List<String> words = new ArrayList<>();
    plan.path("trials").forEach(trial -> words.add(trial.asText()));
    return new ProgressPlan(plan.path("name").asText(), List.copyOf(words), stages);
  }

  List<String> stagesOf(int trial) {
    return byTrial.getOrDefault(trial, List.of());
  }
}
