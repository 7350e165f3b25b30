package dev.secateur.actors.soak;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.node.Tls;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** The API of whichever coordinator answers. */
final class SoakApi {

  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(2);
  private static final Duration PROMPTLY = Duration.ofSeconds(3);
  private static final Duration SUBMIT_WITHIN = Duration.ofSeconds(10);
  private static final Duration READ_WITHIN = Duration.ofSeconds(60);

  private final List<Integer> ports;
  private final String token;
  private final HttpClient client;

  /**
   * @param ports where the coordinators serve their APIs
   * @param authority by which they are trusted
   */
  SoakApi(List<Integer> ports, Path authority, String token) {
    this.ports = ports;
    this.token = token;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_WITHIN)
            .sslContext(Tls.client(authority))
            .build();
  }

  /** Whether one of these coordinators says that it is ready, and then lists the sweeps. */
  boolean serves(List<Integer> coordinators) {
    List<CompletableFuture<Optional<String>>> answers =
        coordinators.stream()
            .map(
                index ->
                    get(index, "/ready", PROMPTLY)
                        .thenCompose(
                            ready ->
                                ready.isPresent()
                                    ? get(index, "/api/v1/sweeps", PROMPTLY)
                                    : CompletableFuture.completedFuture(Optional.empty())))
            .toList();
    return first(answers).isPresent();
  }

  /** What the first of all to answer says, if any does. */
  Optional<JsonNode> get(String path) throws IOException {
    Optional<String> text = text(path, PROMPTLY);
    return text.isPresent() ? Optional.of(Json.MAPPER.readTree(text.get())) : Optional.empty();
  }

  /** A large answer. */
  Optional<String> read(String path) {
    return text(path, READ_WITHIN);
  }

  private Optional<String> text(String path, Duration within) {
    return first(
        IntStream.range(0, ports.size()).mapToObj(index -> get(index, path, within)).toList());
  }

  /**
   * Submits a sweep to one coordinator.
   *
   * @param key by which it knows the same submission again
   * @return the sweep's id, where it answers
   */
  Optional<String> submit(int coordinator, String sweep, String key)
      throws IOException, InterruptedException {
    HttpRequest request =
        request(coordinator, "/api/v1/sweeps", SUBMIT_WITHIN)
            .header("Idempotency-Key", key)
            .header("Content-Type", "application/hocon")
            .POST(BodyPublishers.ofString(sweep))
            .build();
    HttpResponse<String> answer;
    try {
      answer = client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      return Optional.empty();
    }
    if (answer.statusCode() >= 400 && answer.statusCode() < 500) {
      throw new IllegalStateException("a sweep is refused: " + answer.body());
    }
    return answer.statusCode() < 300
        ? Optional.of(Json.MAPPER.readTree(answer.body()).get("sweep").asText())
        : Optional.empty();
  }

  private CompletableFuture<Optional<String>> get(int coordinator, String path, Duration within) {
    return client
        .sendAsync(request(coordinator, path, within).build(), BodyHandlers.ofString())
        .handle(
            (answer, failure) ->
                failure == null && answer.statusCode() == 200
                    ? Optional.of(answer.body())
                    : Optional.empty());
  }

  private HttpRequest.Builder request(int coordinator, String path, Duration within) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + ports.get(coordinator) + path))
        .timeout(within)
        .header("Authorization", "Bearer " + token);
  }

  private static Optional<String> first(List<CompletableFuture<Optional<String>>> answers) {
    CompletableFuture<Optional<String>> first = new CompletableFuture<>();
    AtomicInteger open = new AtomicInteger(answers.size());
    for (CompletableFuture<Optional<String>> each : answers) {
      each.thenAccept(
          answer -> {
            if (answer.isPresent() || open.decrementAndGet() == 0) {
              first.complete(answer);
            }
          });
    }
    return answers.isEmpty() ? Optional.empty() : first.join();
  }
}
