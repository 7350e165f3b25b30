package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.protocol.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Shows a sweep by the events of the API. Events from before the view started are counted, but not
 * printed.
 */
final class WatchedSweep {
  private final Plan plan;
  private final ProgressBoard board;

  /** Asks for what the sweep has planned by now. */
  @FunctionalInterface
  interface Plan {
    JsonNode ask() throws IOException, InterruptedException;
  }

  /**
   * @param submitted when the sweep was
   */
  WatchedSweep(Plan plan, PrintWriter out, Screen screen, InstantSource clock, Instant submitted) {
    this.plan = plan;
    this.board = new ProgressBoard(planned(), out, screen, clock, submitted);
    board.silence(true);
  }

  private ProgressPlan planned() {
    try {
      return ProgressPlan.of(plan.ask());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  void redraw() {
    board.redraw();
  }

  /** All events from before the view started have been read; new ones are printed. */
  void isCurrent() {
    board.silence(false);
  }

  /** The next event; they come from the sweep's first on. */
  void hear(JsonNode event) {
    Instant time = Instant.parse(event.path("time").asText());
    long lease = event.path("lease").asLong();
    String stage = event.path("stage").asText();
    String reason = event.path("reason").asText();
    switch (event.path("event").asText()) {
      case "sweep-submitted", "sweep-replanned" -> board.begin(planned());
      case "sweep-extended" -> board.extend(planned());
      case "stage-leased" -> board.leased(lease, stage, event.path("worker").asText(), time);
      case "stage-progress" ->
          board.progress(
              event.path("worker").asText(),
              stage,
              new Progress(
                  event.path("done").asLong(),
                  event.path("total").asLong(),
                  event.path("note").asText()));
      case "stage-completed", "stage-reused" ->
          board.completed(
              lease,
              stage,
              event.path("seconds").asDouble(),
              event.path("event").asText().equals("stage-reused"),
              metrics(event));
      case "stage-retried" -> board.retried(lease, stage, reason);
      case "stage-failed" -> board.failed(lease, stage, reason);
      case "trials-retried" -> board.retry(trials(event));
      case "trial-completed", "trial-failed" ->
          board.trialEnded(event.path("trial").asInt(), reason.isEmpty());
      case "recovery-skipped" ->
          board.say("trial " + event.path("trial").asInt() + " is not recovered: " + reason);
      case "sweep-completed", "sweep-stopped", "sweep-cancelled" -> board.end();
      default -> {
        if (event.has("lease")) {
          board.released(lease);
        }
      }
    }
  }

  private static Map<String, Double> metrics(JsonNode event) {
    Map<String, Double> metrics = new HashMap<>();
    event
        .path("metrics")
        .properties()
        .forEach(metric -> metrics.put(metric.getKey(), metric.getValue().asDouble()));
    return metrics;
  }

  private static List<Integer> trials(JsonNode event) {
    List<Integer> trials = new ArrayList<>();
    event.path("trials").forEach(trial -> trials.add(trial.asInt()));
    return trials;
  }
}
