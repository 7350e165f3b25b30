package dev.secateur.actors.soak;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.secateur.actors.cli.Cli;
import dev.secateur.coordinator.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Small sweeps, submitted one after the other to whichever coordinator answers. Each is a part of
 * one grid, which runs undisturbed before, so that it is known what must come of it.
 */
final class SweepLoop implements AutoCloseable {
  private static final List<String> RATIOS =
      List.of(
          "0.1", "0.15", "0.2", "0.25", "0.3", "0.35", "0.4", "0.45", "0.5", "0.55", "0.12", "0.22",
          "0.32", "0.42");

  private static final int RATIOS_OF_A_SWEEP = 2;
  private static final int RATIOS_OF_A_MINUTE = 4;

  private static final String SWEEP =
      """
      name = %1$s
      models = [demo], ratios = %2$s, criteria = [taylor-element1], attempts = 9
      calibration { samples = 4, length = 32, parts = 2 }
      recovery {
        template = plain, steps = 12, batch = 4, micro-batch = 4, warmup = 2, cutoff = 48
        ratios = %2$s
      }
      evaluation { window = 64, windows = 4 }
      """;

  private static final long POLL_MILLIS = 1000;

  /**
   * A sweep that has ended.
   *
   * @param status how it stands
   * @param numbers of its trials, by ratio
   */
  record Ended(String id, String status, Duration took, Map<String, JsonNode> numbers) {}

  private final SoakApi api;
  private final List<String> grid;
  private final Thread thread = new Thread(this::run, "sweeps");
  private final List<Ended> ended = new ArrayList<>();
  private Optional<String> current = Optional.empty();
  private Optional<Exception> failure = Optional.empty();
  private volatile boolean enough;

  /**
   * @param grid the ratios to choose from
   */
  SweepLoop(SoakApi api, List<String> grid) {
    this.api = api;
    this.grid = grid;
    thread.setDaemon(true);
    thread.start();
  }

  /** As many ratios as sweeps of some minutes need; they begin anew where those are more. */
  static List<String> grid(int minutes) {
    return RATIOS.subList(0, Math.min(RATIOS.size(), RATIOS_OF_A_MINUTE * minutes));
  }

  /** What must come of each trial, by ratio. */
  static Map<String, JsonNode> undisturbed(Path folder, List<String> grid) throws Exception {
    Path sweep = Files.writeString(folder.resolve("undisturbed.conf"), text("undisturbed", grid));
    Cli.Result result =
        Cli.here(
            "run", sweep.toString(), "--work", folder.resolve("undisturbed").toString(), "--json");
    assertThat(result.code()).as(result.err()).isZero();
    return numbers(Json.MAPPER.readTree(result.out()));
  }

  private static String text(String name, List<String> ratios) {
    return SWEEP.formatted(name, ratios);
  }

  private static Map<String, JsonNode> numbers(JsonNode results) {
    Map<String, JsonNode> numbers = new HashMap<>();
    for (JsonNode trial : results.get("trials")) {
      ArrayNode all = Json.MAPPER.createArrayNode();
      all.add(trial.get("perplexity_before"));
      all.add(trial.get("perplexity_pruned"));
      all.add(trial.get("perplexity_recovered"));
      all.add(trial.get("parameters_after"));
      all.add(trial.get("stages").get("recipe"));
      numbers.put(trial.get("ratio").asText(), all);
    }
    return numbers;
  }

  private void run() {
    try {
      for (int index = 0; !enough; index++) {
        sweep(index);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      synchronized (this) {
        failure = Optional.of(e);
      }
    }
  }

  private void sweep(int index) throws Exception {
    int first = index * RATIOS_OF_A_SWEEP % grid.size();
    Instant start = Instant.now();
    String id = submit(text("soak-" + (index + 1), grid.subList(first, first + RATIOS_OF_A_SWEEP)));
    during(Optional.of(id));
    String status = awaitEnd(id);
    JsonNode results = await("/api/v1/sweeps/" + id + "/results");
    synchronized (this) {
      Duration took = Duration.between(start, Instant.now());
      ended.add(new Ended(id, status, took, numbers(results)));
    }
    during(Optional.empty());
  }

  private synchronized void during(Optional<String> id) {
    current = id;
  }

  /** The same submission, with the same key, until some coordinator has taken it. */
  private String submit(String text) throws Exception {
    String key = UUID.randomUUID().toString();
    for (int attempt = 0; ; attempt++) {
      Optional<String> id = api.submit(attempt % SoakCluster.COORDINATORS, text, key);
      if (id.isPresent()) {
        return id.get();
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  private String awaitEnd(String id) throws Exception {
    while (true) {
      String status = await("/api/v1/sweeps/" + id).get("status").asText();
      if (status.matches("completed|stopped|cancelled")) {
        return status;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  private JsonNode await(String path) throws Exception {
    for (Optional<JsonNode> answer = api.get(path); ; answer = api.get(path)) {
      if (answer.isPresent()) {
        return answer.get();
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  /** Lets the sweep that runs be the last, and waits for its end. */
  void finish(Duration within) throws InterruptedException {
    enough = true;
    thread.join(within.toMillis());
  }

  synchronized List<Ended> ended() {
    return List.copyOf(ended);
  }

  /** What has not ended, or why there were no more. */
  synchronized Optional<String> problem() {
    return failure
        .map(Object::toString)
        .or(
            () ->
                thread.isAlive()
                    ? Optional.of("sweep " + current.orElse("not taken yet") + " has not ended")
                    : Optional.empty());
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
