package dev.secateur.coordinator.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The places of the artifacts of trials that users may download: determined on request, and stored
 * nowhere. Blocks.
 */
final class ArtifactPlaces {
  /** The kinds of artifacts that are located, as results name them. */
  static final List<String> ROLES =
      List.of("checkpoint", "adapter", "recipe", "compensation", "scores");

  /** Of this many trials per request. */
  static final int MOST_TRIALS = 1000;

  private final ArtifactRepository repository;
  private final ArtifactKeepers keepers;

  /**
   * An artifact of a trial.
   *
   * @param stage its key
   * @param place {@code store}, {@code shared}, {@code worker}, or {@code none}
   * @param worker the one that keeps it; empty if a store has it, or none
   */
  record Placed(
      String stage, String place, @JsonInclude(JsonInclude.Include.NON_EMPTY) String worker) {}

  /**
   * @param artifacts by role, those that the trial has or is to have
   */
  record OfTrial(int trial, Map<String, Placed> artifacts) {}

  ArtifactPlaces(ArtifactRepository repository, ArtifactKeepers keepers) {
    this.repository = repository;
    this.keepers = keepers;
  }

  /**
   * @param results a sweep's {@code results.json}
   * @param trial the only one that is asked for; else the first {@link #MOST_TRIALS}
   */
  List<OfTrial> of(byte[] results, Optional<Integer> trial) throws IOException {
    List<JsonNode> trials = new ArrayList<>();
    for (JsonNode one : Json.MAPPER.readTree(results).path("trials")) {
      boolean isWanted = trial.isEmpty() || trial.get() == one.path("trial").asInt();
      if (isWanted && trials.size() < MOST_TRIALS) {
        trials.add(one);
      }
    }
    Set<StageKey> keys = new LinkedHashSet<>();
    trials.forEach(one -> roles(one).values().forEach(key -> keys.add(new StageKey(key))));
    Set<StageKey> stored = repository.kept(keys);
    Set<StageKey> others =
        keys.stream().filter(key -> !stored.contains(key)).collect(Collectors.toSet());
    Map<StageKey, String> workers = others.isEmpty() ? Map.of() : keepers.holding(others);
    return trials.stream()
        .map(one -> new OfTrial(one.path("trial").asInt(), placed(one, stored, workers)))
        .toList();
  }

  private Map<String, Placed> placed(
      JsonNode trial, Set<StageKey> stored, Map<StageKey, String> workers) {
    Map<String, Placed> placed = new LinkedHashMap<>();
    roles(trial)
        .forEach(
            (role, key) -> {
              String worker = workers.getOrDefault(new StageKey(key), "");
              String otherwise = worker.isEmpty() ? "none" : "worker";
              boolean isStored = stored.contains(new StageKey(key));
              placed.put(role, new Placed(key, isStored ? repository.place() : otherwise, worker));
            });
    return placed;
  }

  private static Map<String, String> roles(JsonNode trial) {
    Map<String, String> keys = new LinkedHashMap<>();
    for (String role : ROLES) {
      String key = trial.path("stages").path(role).asText();
      if (!key.isEmpty()) {
        keys.put(role, key);
      }
    }
    return keys;
  }
}
