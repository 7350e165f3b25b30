package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.actors.node.Tls;
import dev.secateur.protocol.InputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Speaks to a coordinator's API. */
final class ApiClient {
  private static final Duration ANSWER_WITHIN = Duration.ofMinutes(10);
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
  private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(1);

  private final URI base;
  private final Optional<String> token;
  private final HttpClient client;

  /**
   * @param authority the certificate that an https coordinator is trusted by
   */
  ApiClient(URI base, Optional<String> token, Optional<Path> authority) {
    this.base = base;
    this.token = token;
    HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN);
    authority.map(Tls::client).ifPresent(builder::sslContext);
    this.client = builder.build();
  }

  /** What a path answers. */
  JsonNode get(String path) throws IOException, InterruptedException {
    return json(send(request(path, Map.of()).GET().build()));
  }

  /** A file. */
  byte[] bytes(String path) throws IOException, InterruptedException {
    HttpResponse<InputStream> answer = send(request(path, Map.of()).GET().build());
    try (InputStream body = answer.body()) {
      return body.readAllBytes();
    }
  }

  /**
   * @param body HOCON, or empty
   */
  JsonNode post(String path, Map<String, String> query, Map<String, String> headers, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path, query);
    headers.forEach(request::header);
    if (body.isEmpty()) {
      return json(send(request.POST(BodyPublishers.noBody()).build()));
    }
    request.header("Content-Type", "application/hocon");
    return json(send(request.POST(BodyPublishers.ofString(body)).build()));
  }

  /**
   * Reads events from after a sequence number until the stream ends or {@code event} says that it
   * is enough; a connection that breaks is made again and goes on where it was.
   */
  void events(Map<String, String> query, long since, boolean follow, EventListener listener)
      throws IOException, InterruptedException {
    long[] last = {since};
    while (true) {
      Map<String, String> all = new java.util.HashMap<>(query);
      all.put("since", Long.toString(last[0]));
      all.put("follow", Boolean.toString(follow));
      try {
        HttpResponse<InputStream> answer = send(request("/api/v1/events", all).GET().build());
        if (read(answer.body(), last, listener) || !follow) {
          return;
        }
      } catch (IOException e) {
        if (!follow) {
          throw e;
        }
      }
      Thread.sleep(BETWEEN_ATTEMPTS.toMillis());
    }
  }

  /** Told of each event. */
  @FunctionalInterface
  interface EventListener {
    /**
     * @return whether it is enough
     */
    boolean event(JsonNode event);
  }

  private static boolean read(InputStream body, long[] last, EventListener listener)
      throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("data:") && line.length() > 5) {
          JsonNode event = mapper.readTree(line.substring(5));
          last[0] = event.path("sequence").asLong(last[0]);
          if (listener.event(event)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private HttpRequest.Builder request(String path, Map<String, String> query) {
    String parameters =
        query.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + escaped(entry.getValue()))
            .collect(Collectors.joining("&"));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            URI.create(base + path + (parameters.isEmpty() ? "" : "?" + parameters)));
    token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
    return request.timeout(ANSWER_WITHIN);
  }

  /**
   * The path of a sweep.
   *
   * @throws InputException when no sweep can have that id
   */
  static String sweep(String id) {
    if (id.isBlank() || id.equals(".") || id.equals("..")) {
      throw new InputException("'" + id + "' is no id of a sweep; 'secateur list' shows them");
    }
    return "/api/v1/sweeps/" + escaped(id);
  }

  static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpResponse<InputStream> send(HttpRequest request)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> answer;
    try {
      answer = client.send(request, BodyHandlers.ofInputStream());
    } catch (java.net.ConnectException e) {
      throw new IOException(
          "no coordinator answers at "
              + base
              + "; start one with 'secateur node --role coordinator'",
          e);
    }
    if (answer.statusCode() >= 400) {
      throw refused(answer);
    }
    return answer;
  }

  private static RuntimeException refused(HttpResponse<InputStream> answer) throws IOException {
    String body = new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
    String problems;
    try {
      List<String> lines = new java.util.ArrayList<>();
      Consumer<JsonNode> add = line -> lines.add(line.asText());
      new ObjectMapper().readTree(body).path("errors").forEach(add);
      problems = lines.isEmpty() ? body : String.join("\n", lines);
    } catch (IOException e) {
      problems = body;
    }
    String told = problems.isBlank() ? "the coordinator answered " + answer.statusCode() : problems;
    return answer.statusCode() < 500 ? new InputException(told) : new IllegalStateException(told);
  }

  private static JsonNode json(HttpResponse<InputStream> answer) throws IOException {
    try (InputStream body = answer.body()) {
      return new ObjectMapper().readTree(body);
    }
  }
}
