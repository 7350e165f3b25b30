package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Display names of stages and trials, as the coordinator gives them for each sweep's plan. */
final class SweepWords {
  private static final int SWEEPS_KEPT = 8;
  private static final int BRIEF = 12;

  /** Of one sweep; empty where its plan is not to be had. */
  private record Words(Map<String, String> stages, List<String> trials) {
    static final Words NONE = new Words(Map.of(), List.of());

    static Words of(JsonNode plan) {
      Map<String, String> stages = new HashMap<>();
      plan.path("stages")
          .forEach(stage -> stages.put(stage.path("stage").asText(), stage.path("words").asText()));
      List<String> trials = new ArrayList<>();
      plan.path("trials").forEach(trial -> trials.add(trial.asText()));
      return new Words(stages, trials);
    }
  }

  /** Asks for the plan of a sweep. */
  @FunctionalInterface
  interface Plans {
    JsonNode of(String sweep) throws IOException, InterruptedException;
  }

  private final Plans plans;
  private final Map<String, Words> known = new LinkedHashMap<>();

  SweepWords(Plans plans) {
    this.plans = plans;
  }

  static SweepWords of(ApiClient client) {
    return new SweepWords(sweep -> client.get(ApiClient.sweep(sweep) + "/plan"));
  }

  /** The sweep's plan has changed. */
  void forget(String sweep) {
    known.remove(sweep);
  }

  /** A stage in words, or the beginning of its key. */
  String stage(String sweep, String kind, String key) {
    String brief = key.substring(0, Math.min(BRIEF, key.length()));
    return words(sweep).stages().getOrDefault(key, kind + " " + brief);
  }

  /** A trial, with what it is where that is known. */
  String trial(String sweep, int index) {
    List<String> trials = words(sweep).trials();
    return "trial " + index + (index < trials.size() ? " (" + trials.get(index) + ")" : "");
  }

  private Words words(String sweep) {
    if (sweep.isEmpty()) {
      return Words.NONE;
    }
    if (known.containsKey(sweep)) {
      return known.get(sweep);
    }
    try {
      return remember(sweep, Words.of(plans.of(sweep)));
    } catch (InputException e) {
      return remember(sweep, Words.NONE); // an older coordinator, or a sweep that is gone
    } catch (IOException | IllegalStateException e) {
      return Words.NONE; // the next line asks again
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Words.NONE;
    }
  }

  private Words remember(String sweep, Words words) {
    if (known.size() == SWEEPS_KEPT) {
      known.remove(known.keySet().iterator().next());
    }
    known.put(sweep, words);
    return words;
  }
}
