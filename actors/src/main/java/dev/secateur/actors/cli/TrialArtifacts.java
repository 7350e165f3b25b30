package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The requested artifacts of a trial: available, lost, or never made.
 *
 * @param there those that a store or a worker has
 * @param lost the names of those that were made and are nowhere any more
 * @param absent why the others do not exist, a line each
 * @param named whether an absent one was requested by name
 */
record TrialArtifacts(
    String sweep,
    int trial,
    List<Wanted> there,
    List<String> lost,
    List<String> absent,
    boolean named) {
  private static final List<String> NAMES =
      List.of("checkpoint", "adapter", "recipe", "compensation", "scores");

  private static final Map<String, String> MADE_BY =
      Map.of(
          "checkpoint", "'export = true' in the sweep's configuration writes one",
          "adapter", "a 'recovery' section that applies to the trial creates one",
          "recipe", "its pruning stage creates one",
          "compensation",
              "'compensation = [least-squares]' in the sweep's configuration creates one",
          "scores", "results of an older version do not list them; 'secateur retry' adds them");

  /**
   * @param role its name
   * @param stage its key
   */
  record Wanted(String role, String stage) {}

  /**
   * @param only the names that are wanted; all where there are none
   * @throws InputException when there is no such sweep, trial or name
   */
  static TrialArtifacts ask(ApiClient client, String sweep, int trial, List<String> only)
      throws IOException, InterruptedException {
    for (String name : only) {
      if (!NAMES.contains(name)) {
        throw new InputException(
            "--only has '" + name + "', not one of " + String.join(", ", NAMES));
      }
    }
    String path = ApiClient.sweep(sweep);
    boolean isOver = client.get(path).path("status").asText().matches(SweepWatch.OVER);
    JsonNode artifacts = client.get(path + "/artifacts?trial=" + trial).path(0).path("artifacts");
    JsonNode result = result(client.get(path + "/results"), trial);
    List<Wanted> there = new ArrayList<>();
    List<String> lost = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    for (String name : only.isEmpty() ? NAMES : only) {
      JsonNode artifact = artifacts.path(name);
      Optional<String> reason = absence(name, artifact, result, isOver);
      if (reason.isPresent()) {
        absent.add("trial " + trial + " has no " + name + ": " + reason.get());
      } else if (artifact.path("place").asText().equals("none")) {
        lost.add(name);
      } else {
        there.add(new Wanted(name, artifact.path("stage").asText()));
      }
    }
    return new TrialArtifacts(sweep, trial, there, lost, absent, !only.isEmpty());
  }

  private static JsonNode result(JsonNode results, int trial) {
    for (JsonNode one : results.path("trials")) {
      if (one.path("trial").asInt() == trial) {
        return one;
      }
    }
    return results.path("none");
  }

  /** Why there never was one, if there never was. */
  private static Optional<String> absence(
      String name, JsonNode artifact, JsonNode result, boolean isOver) {
    if (artifact.isMissingNode()) {
      return Optional.of(MADE_BY.get(name));
    } else if (!artifact.path("place").asText().equals("none")) {
      return Optional.empty();
    } else if (result.has("failure")) {
      return Optional.of("the trial failed: " + result.get("failure").asText());
    } else if (result.has("not_recovered") && name.matches("adapter|checkpoint")) {
      return Optional.of("it was not recovered: " + result.get("not_recovered").asText());
    }
    return isOver ? Optional.empty() : Optional.of("the sweep has not reached that stage yet");
  }

  /**
   * @throws IOException when something is lost, and what brings it back
   * @throws InputException when there never was what was asked for, and why
   */
  void check() throws IOException {
    if (!lost.isEmpty()) {
      throw new IOException(
          String.join(" and ", lost)
              + " of trial "
              + trial
              + (lost.size() == 1 ? " is" : " are")
              + " lost: no store and no worker has "
              + (lost.size() == 1 ? "it" : "them")
              + "; 'secateur retry "
              + sweep
              + "' recomputes only what is lost");
    } else if (!absent.isEmpty() && (named || there.isEmpty())) {
      throw new InputException(String.join("\n", absent));
    }
  }
}
