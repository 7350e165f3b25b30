package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.cli.AlignedTable.Head;
import dev.secateur.coordinator.report.TrialResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A table of where each trial's artifacts are, one line per trial. */
final class PlaceTable {
  private static final List<String> ROLES =
      List.of("checkpoint", "adapter", "recipe", "compensation", "scores");

  private PlaceTable() {}

  /**
   * @param trials what the API says of places
   * @param results by trial's number, what its results say
   * @param isOver whether the sweep has ended, so that what nobody has is lost
   */
  static String text(JsonNode trials, Map<Integer, TrialResult> results, boolean isOver) {
    List<String> shown = ROLES.stream().filter(role -> isAnywhere(trials, role)).toList();
    List<Head> heads = new ArrayList<>(List.of(Head.numbers("trial")));
    shown.stream().map(Head::words).forEach(heads::add);
    AlignedTable table = new AlignedTable(heads);
    for (JsonNode trial : trials) {
      List<String> row = new ArrayList<>(List.of(trial.path("trial").asText()));
      TrialResult result = results.get(trial.path("trial").asInt());
      shown.forEach(
          role ->
              row.add(place(trial.path("artifacts").path(role), isOver && wasMade(role, result))));
      table.add(row);
    }
    return table.text();
  }

  private static boolean isAnywhere(JsonNode trials, String role) {
    for (JsonNode trial : trials) {
      if (trial.path("artifacts").has(role)) {
        return true;
      }
    }
    return false;
  }

  private static boolean wasMade(String role, TrialResult result) {
    boolean ofRecovery = role.equals("adapter") || role.equals("checkpoint");
    return result != null
        && result.failure().isEmpty()
        && (!ofRecovery || result.notRecovered().isEmpty());
  }

  private static String place(JsonNode artifact, boolean wasMade) {
    return switch (artifact.path("place").asText()) {
      case "" -> "-";
      case "none" -> wasMade ? "lost" : "-";
      case "worker" -> artifact.path("worker").asText();
      default -> artifact.path("place").asText();
    };
  }
}
