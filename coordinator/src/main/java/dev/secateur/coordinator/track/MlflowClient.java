package dev.secateur.coordinator.track;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.track.MlflowRun.Measured;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The requests to an MLflow server, by version 2.0 of its REST API. */
final class MlflowClient {
  private static final String API = "/api/2.0/mlflow/";
  private static final int PAGE = 1_000;

  private final Web web = new Web();
  private final String server;

  /**
   * A run that the server knows.
   *
   * @param tags by their names
   */
  record Known(String id, Map<String, String> tags) {}

  MlflowClient(String server) {
    this.server = server.replaceFirst("/+$", "");
  }

  /** The id of an experiment, which is made where there is none. */
  String experiment(String name) throws IOException, InterruptedException {
    Optional<String> known = find(name);
    if (known.isPresent()) {
      return known.get();
    }
    Web.Answer made = send("experiments/create", Map.of("name", name));
    if (!made.isGood() && made.body().contains("RESOURCE_ALREADY_EXISTS")) {
      return find(name)
          .orElseThrow(() -> new IOException("experiment '" + name + "' was not found"));
    }
    return read("experiments/create", made).path("experiment_id").asText();
  }

  private Optional<String> find(String name) throws IOException, InterruptedException {
    String call = "experiments/get-by-name";
    String query = "?experiment_name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
    Web.Answer answer = web.send(Web.request(URI.create(server + API + call + query)).build());
    if (answer.status() == 404 && answer.body().contains("RESOURCE_DOES_NOT_EXIST")) {
      return Optional.empty();
    }
    JsonNode experiment = read(call, answer).path("experiment");
    if (experiment.path("lifecycle_stage").asText().equals("deleted")) {
      throw new IOException("the experiment '" + name + "' is deleted there; restore or rename it");
    }
    return Optional.of(experiment.path("experiment_id").asText());
  }

  /**
   * The runs of an experiment that have a tag.
   *
   * @param value without quotation marks and backslashes
   */
  List<Known> runs(String experiment, String tag, String value)
      throws IOException, InterruptedException {
    List<Known> runs = new ArrayList<>();
    String page = "";
    do {
      Map<String, Object> asked = new HashMap<>();
      asked.put("experiment_ids", List.of(experiment));
      asked.put("filter", "tags.`" + tag + "` = '" + value + "'");
      asked.put("max_results", PAGE);
      if (!page.isEmpty()) {
        asked.put("page_token", page);
      }
      JsonNode answer = read("runs/search", send("runs/search", asked));
      for (JsonNode run : answer.path("runs")) {
        Map<String, String> tags = new HashMap<>();
        for (JsonNode one : run.path("data").path("tags")) {
          tags.put(one.path("key").asText(), one.path("value").asText());
        }
        runs.add(new Known(run.path("info").path("run_id").asText(), tags));
      }
      page = answer.path("next_page_token").asText("");
    } while (!page.isEmpty());
    return runs;
  }

  /** Makes a run and answers its id. */
  String create(String experiment, String name, long start, Map<String, String> tags)
      throws IOException, InterruptedException {
    Map<String, Object> run =
        Map.of(
            "experiment_id",
            experiment,
            "run_name",
            name,
            "start_time",
            start,
            "tags",
            pairs(tags));
    return read("runs/create", send("runs/create", run))
        .path("run")
        .path("info")
        .path("run_id")
        .asText();
  }

  /** Adds to a run: at most 1000 metrics, 100 parameters and 100 tags, as the API requires. */
  void log(String run, List<Measured> metrics, Map<String, String> params, Map<String, String> tags)
      throws IOException, InterruptedException {
    Map<String, Object> batch =
        Map.of("run_id", run, "metrics", metrics, "params", pairs(params), "tags", pairs(tags));
    read("runs/log-batch", send("runs/log-batch", batch));
  }

  void tag(String run, String key, String value) throws IOException, InterruptedException {
    read("runs/set-tag", send("runs/set-tag", Map.of("run_id", run, "key", key, "value", value)));
  }

  void end(String run, String status, long when) throws IOException, InterruptedException {
    Map<String, Object> update = Map.of("run_id", run, "status", status, "end_time", when);
    read("runs/update", send("runs/update", update));
  }

  private static List<Map<String, String>> pairs(Map<String, String> values) {
    return values.entrySet().stream()
        .map(one -> Map.of("key", one.getKey(), "value", one.getValue()))
        .toList();
  }

  private Web.Answer send(String call, Object body) throws IOException, InterruptedException {
    return web.send(
        Web.request(URI.create(server + API + call))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(Json.MAPPER.writeValueAsString(body)))
            .build());
  }

  private static JsonNode read(String call, Web.Answer answer) throws IOException {
    if (answer.status() == 400) {
      throw new RefusedException(call, answer.status(), reason(answer.body()));
    } else if (!answer.isGood()) {
      throw new IOException(call + " got the response " + answer.status());
    }
    try {
      return Json.MAPPER.readTree(answer.body());
    } catch (JsonProcessingException e) {
      throw new IOException(call + " got a response that is not JSON", e);
    }
  }

  private static String reason(String body) {
    try {
      return Json.MAPPER.readTree(body).path("message").asText("");
    } catch (JsonProcessingException e) {
      return "";
    }
  }
}
