package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Consumer;

/** Follows a sweep of a running cluster to its end. */
final class SweepWatch {
  /** The states of a sweep that has ended. */
  static final String OVER = "completed|stopped|cancelled";

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
        () -> {},
        out,
        talk);
  }

  /**
   * Waits for its end and prints its results; returns the exit code.
   *
   * @param view receives each event
   * @param current called once the events that were there already have been told
   */
  static int await(
      ApiClient client,
      String id,
      boolean json,
      Consumer<JsonNode> view,
      Runnable current,
      PrintWriter out,
      PrintWriter talk)
      throws IOException, InterruptedException {
    Past past = new Past();
    client.events(
        Map.of("sweep", id),
        0,
        false,
        event -> {
          view.accept(event);
          past.hear(event);
          return false;
        });
    current.run();
    String status = past.hasResults ? status(client, id) : "";
    if (!status.matches(OVER)) {
      status = follow(client, id, view, past);
    }
    SweepResults results = results(client, id);
    out.print(
        json ? Json.MAPPER.writeValueAsString(results) + "\n" : "\n" + ResultsTable.text(results));
    out.flush();
    if (!status.equals("completed")) {
      talk.println("the sweep was " + status);
      return Main.FAILURE;
    }
    return results.failed() > 0 ? Main.SOME_TRIALS_FAILED : 0;
  }

  /** What the events so far say of its end; one that was run again has ended more than once. */
  private static final class Past {
    private long last;
    private boolean hasEnded;
    private boolean hasResults;

    private void hear(JsonNode event) {
      String name = event.get("event").asText();
      last = event.path("sequence").asLong(last);
      if (name.equals("sweep-submitted") || name.matches("sweep-(completed|stopped|cancelled)")) {
        hasEnded = !name.equals("sweep-submitted");
        hasResults = false;
      } else if (name.equals("results-written")) {
        hasResults = hasEnded;
      }
    }
  }

  /** Waits for the results of its end; returns the state that it ended in. */
  private static String follow(ApiClient client, String id, Consumer<JsonNode> view, Past past)
      throws IOException, InterruptedException {
    String[] status = {""};
    client.events(
        Map.of("sweep", id),
        past.last,
        true,
        event -> {
          view.accept(event);
          past.hear(event);
          if (past.hasResults && event.get("event").asText().equals("results-written")) {
            status[0] = statusNow(client, id);
          }
          return status[0].matches(OVER);
        });
    return status[0];
  }

  private static String status(ApiClient client, String id)
      throws IOException, InterruptedException {
    return client.get(ApiClient.sweep(id)).get("status").asText();
  }

  private static String statusNow(ApiClient client, String id) {
    try {
      return status(client, id);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ""; // whoever reads the next event is interrupted
    }
  }

  /** The results of a sweep so far. */
  static SweepResults results(ApiClient client, String id)
      throws IOException, InterruptedException {
    JsonNode results = client.get(ApiClient.sweep(id) + "/results");
    return Json.MAPPER.treeToValue(results, SweepResults.class);
  }
}
