package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.SweepResults;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Consumer;

/** Follows a sweep of a running cluster to its end. */
final class SweepWatch {
  /** The states of a sweep that has ended. */
  static final String OVER = "completed|stopped|cancelled";

  private static final ObjectMapper JSON = new ObjectMapper().registerModule(new Jdk8Module());

  private SweepWatch() {}

  /**
   * Tells of what has ended or failed, then prints its results; returns the exit code.
   *
   * @param client waits for answers as long as it takes
   */
  static int await(ApiClient client, String id, boolean json, PrintWriter out, PrintWriter talk)
      throws IOException, InterruptedException {
    EventLine lines = new EventLine(SweepWords.of(client));
    return await(
        client,
        id,
        json,
        event -> {
          String name = event.get("event").asText();
          if (name.startsWith("trial-") || name.equals("stage-failed")) {
            talk.println(lines.of(event));
            talk.flush();
          }
        },
        out,
        talk);
  }

  /**
   * Waits for its end and prints its results; returns the exit code.
   *
   * @param view is told of each event
   */
  static int await(
      ApiClient client,
      String id,
      boolean json,
      Consumer<JsonNode> view,
      PrintWriter out,
      PrintWriter talk)
      throws IOException, InterruptedException {
    String[] end = new String[1];
    client.events(
        Map.of("sweep", id),
        0,
        true,
        event -> {
          String name = event.get("event").asText();
          view.accept(event);
          if (name.equals("sweep-submitted")) {
            end[0] = null; // it was run again
          } else if (name.matches("sweep-(completed|stopped|cancelled)")) {
            end[0] = name;
          }
          return end[0] != null && name.equals("results-written") && isFinished(client, id);
        });
    SweepResults results = results(client, id);
    out.print(json ? JSON.writeValueAsString(results) + "\n" : "\n" + ResultsTable.text(results));
    out.flush();
    if (!end[0].equals("sweep-completed")) {
      talk.println("the sweep was " + end[0].substring("sweep-".length()));
      return Main.FAILURE;
    }
    return results.failed() > 0 ? Main.SOME_TRIALS_FAILED : 0;
  }

  private static boolean isFinished(ApiClient client, String id) {
    try {
      String status = client.get(ApiClient.sweep(id)).get("status").asText();
      return status.matches(OVER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** The results of a sweep so far. */
  static SweepResults results(ApiClient client, String id)
      throws IOException, InterruptedException {
    JsonNode results = client.get(ApiClient.sweep(id) + "/results");
    return JSON.treeToValue(results, SweepResults.class);
  }
}
