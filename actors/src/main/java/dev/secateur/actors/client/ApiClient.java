package dev.secateur.actors.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.node.Tls;
import dev.secateur.coordinator.http.Askers;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Versions;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** Talks to a coordinator's API at any of its addresses, and follows failovers. */
public final class ApiClient {
  /** What servers take of a header, percent-encoded. */
  private static final int LONGEST_COMMAND = 6_000;

  private final Exchange exchange;

  private ApiClient(Exchange exchange) {
    this.exchange = exchange;
  }

  /**
   * @param authority the certificate that https coordinators are trusted by
   * @param talk receives a line when no address answers
   */
  public static ApiClient of(
      Addresses addresses,
      Optional<String> token,
      Optional<Path> authority,
      Consumer<String> talk) {
    return of(addresses, token, authority, talk, Times.USUAL);
  }

  static ApiClient of(
      Addresses addresses,
      Optional<String> token,
      Optional<Path> authority,
      Consumer<String> talk,
      Times times) {
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(times.connect());
    authority.map(Tls::client).ifPresent(client::sslContext);
    Map<String, String> headers =
        token.map(value -> Map.of("Authorization", "Bearer " + value)).orElse(Map.of());
    return new ApiClient(new Exchange(addresses, headers, client.build(), times, talk, false));
  }

  /** The same client, which asks until there is an answer, however long that takes. */
  public ApiClient untilAnswered() {
    return new ApiClient(exchange.untilAnswered());
  }

  /** What a path answers. */
  public JsonNode get(String path) throws IOException, InterruptedException {
    return exchange.send(ApiRequest.get(path, Map.of())).json();
  }

  /** What a path answers to a query. */
  public JsonNode get(String path, Map<String, String> query)
      throws IOException, InterruptedException {
    return exchange.send(ApiRequest.get(path, query)).json();
  }

  /** A file. */
  public byte[] bytes(String path) throws IOException, InterruptedException {
    return exchange.send(ApiRequest.get(path, Map.of())).accepted();
  }

  /**
   * Reads a file, or the rest of one, and resumes after its last byte if a connection breaks.
   *
   * @param size of the whole file
   * @param there bytes that {@code into} has already
   * @param arriving told of bytes as they come, and may let them wait
   */
  public void read(String path, long size, long there, OutputStream into, Arriving arriving)
      throws IOException, InterruptedException {
    new FileReader(path, size, arriving).read(exchange, there, into);
  }

  /** Told of bytes that have come. */
  @FunctionalInterface
  public interface Arriving {
    void arrived(int bytes) throws InterruptedException;
  }

  /**
   * Submits a sweep, under a key by which the coordinator knows it when it is sent again.
   *
   * @param path of what takes it
   * @param command what its author typed, for its results to say
   */
  public JsonNode submit(String path, Map<String, String> query, String text, String command)
      throws IOException, InterruptedException {
    Map<String, String> headers =
        Map.of(
            "Idempotency-Key",
            UUID.randomUUID().toString(),
            "User-Agent",
            "secateur/" + Versions.secateur(),
            Askers.COMMAND,
            shortened(command));
    return exchange.send(ApiRequest.post(path, query, headers, text)).json();
  }

  private static String shortened(String command) {
    String escaped = escaped(command);
    int length = command.length();
    while (escaped.length() > LONGEST_COMMAND) {
      length = length * 3 / 4;
      escaped = escaped(command.substring(0, length) + "...");
    }
    return escaped;
  }

  /** Sends an idempotent request; it is sent again where its answer is lost. */
  public ApiAnswer post(String path, Map<String, String> query)
      throws IOException, InterruptedException {
    return exchange.send(ApiRequest.post(path, query, Map.of(), ""));
  }

  /**
   * Sends a request that must not be done twice; it is not sent again once it may have been
   * received.
   */
  public ApiAnswer postOnce(String path, Map<String, String> query)
      throws IOException, InterruptedException {
    return exchange.send(ApiRequest.post(path, query, Map.of(), "").once());
  }

  /**
   * Reads events from after a sequence number until the stream ends or {@code listener} says that
   * it is enough; where a connection breaks, it goes on after the last event. Who follows and has
   * once had an answer waits for the next one however long it takes.
   */
  public void events(Map<String, String> query, long since, boolean follow, EventListener listener)
      throws IOException, InterruptedException {
    new EventReader(query, since, follow, listener).read(exchange);
  }

  /** Told of each event. */
  @FunctionalInterface
  public interface EventListener {
    /**
     * @return whether it is enough
     */
    boolean event(JsonNode event);
  }

  /**
   * The path of a sweep.
   *
   * @throws InputException when no sweep can have that id
   */
  public static String sweep(String id) {
    if (id.isBlank() || id.equals(".") || id.equals("..")) {
      throw new InputException("'" + id + "' is not the id of a sweep; 'secateur list' shows them");
    }
    return "/api/v1/sweeps/" + escaped(id);
  }

  /** A name as part of a path. */
  public static String escaped(String text) {
    return ApiRequest.escaped(text);
  }
}
