package dev.secateur.coordinator.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * What Secateur uses of an MLflow tracking server (REST API 2.0), with its limits: names, sizes of
 * batches, and that a parameter keeps its value.
 */
final class MlflowServer implements AutoCloseable {
  private static final int PAGE = 2; // so that pages are turned

  /** A run as it stands there. */
  static final class Run {
    final Map<String, String> params = new TreeMap<>();
    final Map<String, String> tags = new TreeMap<>();
    final Map<String, Double> metrics = new TreeMap<>();
    String name = "";
    String status = "RUNNING";
  }

  /** What became of a request that is not answered with what it asks for. */
  private static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1;
    final int status;
    final String code;

    Wrong(int status, String code, String message) {
      super(message);
      this.status = status;
      this.code = code;
    }
  }

  final Map<String, Run> runs = new LinkedHashMap<>();
  final List<String> requests = new ArrayList<>();
  private final Map<String, String> experiments = new TreeMap<>();
  private final HttpServer server;

  /** Requests that are obeyed, and whose answer is lost. */
  volatile Predicate<Integer> lost = number -> false;

  /** Values of parameters that are refused. */
  volatile String refused = "\0";

  MlflowServer() throws IOException {
    this(0);
  }

  MlflowServer(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String answer;
    int status = 200;
    boolean loses;
    synchronized (this) {
      loses = lost.test(requests.size());
      String call = exchange.getRequestURI().getPath();
      requests.add(call);
      try {
        answer = Json.MAPPER.writeValueAsString(answer(exchange, call));
      } catch (Wrong e) {
        status = e.status;
        answer =
            Json.MAPPER.writeValueAsString(Map.of("error_code", e.code, "message", e.getMessage()));
      }
    }
    if (!loses) {
      byte[] body = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  private Object answer(HttpExchange exchange, String call) throws IOException {
    JsonNode asked =
        exchange.getRequestMethod().equals("POST")
            ? Json.MAPPER.readTree(exchange.getRequestBody())
            : Json.MAPPER.createObjectNode();
    return switch (call.replace("/api/2.0/mlflow/", "")) {
      case "experiments/get-by-name" -> {
        String query = exchange.getRequestURI().getRawQuery();
        yield experiment(
            URLDecoder.decode(query.substring(query.indexOf('=') + 1), StandardCharsets.UTF_8));
      }
      case "experiments/create" -> {
        String name = asked.get("name").asText();
        experiments.put(name, String.valueOf(experiments.size() + 1));
        yield Map.of("experiment_id", experiments.get(name));
      }
      case "runs/search" -> search(asked);
      case "runs/create" -> create(asked);
      case "runs/log-batch" -> log(asked);
      case "runs/set-tag" -> {
        tag(run(asked), asked);
        yield Map.of();
      }
      case "runs/update" -> {
        run(asked).status = asked.get("status").asText();
        yield Map.of();
      }
      default -> throw new Wrong(404, "ENDPOINT_NOT_FOUND", call);
    };
  }

  private Object experiment(String name) {
    if (!experiments.containsKey(name)) {
      throw new Wrong(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + name);
    }
    return Map.of(
        "experiment", Map.of("experiment_id", experiments.get(name), "lifecycle_stage", "active"));
  }

  private Object search(JsonNode asked) {
    String filter = asked.get("filter").asText();
    String[] parts = filter.split("[`']");
    List<Object> found = new ArrayList<>();
    runs.forEach(
        (id, run) -> {
          if (parts[3].equals(run.tags.get(parts[1]))) {
            List<Object> tags = new ArrayList<>();
            run.tags.forEach((key, value) -> tags.add(Map.of("key", key, "value", value)));
            found.add(Map.of("info", Map.of("run_id", id), "data", Map.of("tags", tags)));
          }
        });
    int from = asked.path("page_token").asInt(0);
    int end = Math.min(found.size(), from + PAGE);
    return end < found.size()
        ? Map.of("runs", found.subList(from, end), "next_page_token", String.valueOf(end))
        : Map.of("runs", found.subList(from, end));
  }

  private Object create(JsonNode asked) {
    if (!experiments.containsValue(asked.get("experiment_id").asText())) {
      throw new Wrong(404, "RESOURCE_DOES_NOT_EXIST", "no such experiment");
    }
    Run run = new Run();
    run.name = asked.get("run_name").asText();
    asked.get("tags").forEach(tag -> tag(run, tag));
    String id = "run" + runs.size();
    runs.put(id, run);
    return Map.of("run", Map.of("info", Map.of("run_id", id)));
  }

  private Run run(JsonNode asked) {
    Run run = runs.get(asked.get("run_id").asText());
    if (run == null) {
      throw new Wrong(404, "RESOURCE_DOES_NOT_EXIST", "no such run");
    }
    return run;
  }

  private Object log(JsonNode asked) {
    Run run = run(asked);
    if (asked.get("metrics").size() > 1_000
        || asked.get("params").size() > 100
        || asked.get("tags").size() > 100) {
      throw new Wrong(400, "INVALID_PARAMETER_VALUE", "a batch is too large");
    }
    for (JsonNode one : asked.get("params")) {
      String key = name(one);
      String value = one.get("value").asText();
      if (value.equals(refused)
          || value.length() > 500
          || !value.equals(run.params.getOrDefault(key, value))) {
        throw new Wrong(400, "INVALID_PARAMETER_VALUE", "not the value " + value);
      }
      run.params.put(key, value);
    }
    for (JsonNode one : asked.get("metrics")) {
      String step = one.get("step").asLong() == 0 ? "" : "@" + one.get("step").asLong();
      run.metrics.put(name(one) + step, one.get("value").asDouble());
    }
    asked.get("tags").forEach(tag -> tag(run, tag));
    return Map.of();
  }

  private static void tag(Run run, JsonNode tag) {
    String value = tag.get("value").asText();
    if (value.getBytes(StandardCharsets.UTF_8).length > 5_000) {
      throw new Wrong(400, "INVALID_PARAMETER_VALUE", "a tag is too long");
    }
    run.tags.put(name(tag), value);
  }

  private static String name(JsonNode one) {
    String key = one.get("key").asText();
    if (!key.matches("[A-Za-z0-9_ ./-]{1,250}")) {
      throw new Wrong(400, "INVALID_PARAMETER_VALUE", "not a name: " + key);
    }
    return key;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  static JsonNode json(byte[] text) {
    try {
      return Json.MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
