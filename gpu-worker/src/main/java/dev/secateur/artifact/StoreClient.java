package dev.secateur.artifact;

import dev.secateur.protocol.ArtifactContent;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Talks to a coordinator's store of artifacts. Blocks, so not for an actor's thread. */
public final class StoreClient {
  /** The header in which a store says which worker keeps what it does not have itself. */
  public static final String KEPT_BY = "Secateur-Kept-By";

  private static final int NOT_FOUND = 404;
  private static final int TOO_LARGE = 413;
  private static final int FULL = 507;

  private final HttpClient http;
  private final StoreAccess access;
  private final Consumer<String> told;
  private final Patience patience;

  /**
   * How long a store is waited for that neither answers nor breaks the connection.
   *
   * @param answer until it begins to answer
   * @param silence while it does
   */
  record Patience(Duration answer, Duration silence) {
    /** A store may have much to hash, or to bring from elsewhere, before it answers. */
    static final Patience USUAL = new Patience(Duration.ofMinutes(30), Duration.ofSeconds(45));

    /** For what can be asked another time. */
    static final Patience SHORT = new Patience(Duration.ofSeconds(20), Duration.ofSeconds(5));
  }

  /**
   * An artifact that is not here.
   *
   * @param isStored whether a store has it, or else a worker alone
   */
  record Described(Artifact artifact, boolean isStored) {}

  public StoreClient(HttpClient http, StoreAccess access) {
    this(http, access, note -> {});
  }

  /**
   * @param told what is waited for, every second or so; may throw to give up
   */
  StoreClient(HttpClient http, StoreAccess access, Consumer<String> told) {
    this(http, access, told, Patience.USUAL);
  }

  StoreClient(HttpClient http, StoreAccess access, Consumer<String> told, Patience patience) {
    this.http = http;
    this.access = access;
    this.told = told;
    this.patience = patience;
  }

  /**
   * Takes an artifact from the store into a local one, if it is there and arrives whole.
   *
   * @param relay whether the store may ask others like itself, and workers, for it
   * @throws StoreAwayException when the store does not send it now
   * @throws IOException when it can't be kept here
   */
  public Optional<Artifact> fetch(StageKey key, ArtifactStore into, boolean relay)
      throws IOException {
    HttpResponse<InputStream> answer = send(request(key, "?relay=" + relay).GET());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() == NOT_FOUND) {
        return Optional.empty();
      }
      check(answer.statusCode(), body);
      try (ArrivingBytes arriving = arriving(body, received(key))) {
        return Optional.of(into.unpack(key, arriving));
      }
    } catch (InputException e) {
      return Optional.empty(); // what arrives damaged is as good as missing
    } catch (EOFException e) {
      throw away(e);
    }
  }

  private ArrivingBytes arriving(InputStream body, Consumer<Long> received) {
    return new ArrivingBytes(body, this::away, received, patience.silence());
  }

  private Consumer<Long> received(StageKey key) {
    return bytes ->
        told.accept("receiving artifact " + key.brief() + ": " + (bytes >> 20) + " MiB");
  }

  /**
   * What is said of an artifact that the store, another or a worker has.
   *
   * @throws StoreAwayException when the store does not say it now
   */
  Optional<Described> described(StageKey key, ArtifactStore own) throws IOException {
    HttpResponse<InputStream> answer = send(request(key, "/manifest?verify=true&relay=true").GET());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() == NOT_FOUND) {
        return Optional.empty();
      }
      check(answer.statusCode(), body);
      boolean isStored = answer.headers().firstValue(KEPT_BY).isEmpty();
      return own.described(key, whole(key, body))
          .map(artifact -> new Described(artifact, isStored));
    }
  }

  /** A manifest, or nothing where this very store has none. */
  public Optional<byte[]> manifest(StageKey key, boolean verify) throws IOException {
    HttpResponse<InputStream> answer = send(request(key, "/manifest?verify=" + verify).GET());
    try (InputStream body = answer.body()) {
      if (answer.statusCode() == NOT_FOUND) {
        return Optional.empty();
      }
      check(answer.statusCode(), body);
      return Optional.of(whole(key, body));
    }
  }

  private byte[] whole(StageKey key, InputStream body) throws IOException {
    try (ArrivingBytes arriving = arriving(body, received(key))) {
      return arriving.readAllBytes();
    }
  }

  /** A file of an artifact from a place on, or nothing where this very store has none. */
  public Optional<InputStream> file(StageKey key, String name, long from) throws IOException {
    HttpRequest.Builder request = request(key, "/files/" + escaped(name) + "?relay=false").GET();
    HttpResponse<InputStream> answer =
        send(from > 0 ? request.header("Range", "bytes=" + from + "-") : request);
    if (answer.statusCode() < 300) {
      return Optional.of(answer.body());
    }
    try (InputStream body = answer.body()) {
      if (answer.statusCode() != NOT_FOUND) {
        check(answer.statusCode(), body);
      }
      return Optional.empty();
    }
  }

  /**
   * Puts an artifact into the store, where that does not have the very same.
   *
   * @param verify whether the store is to look whether its own is still whole
   * @param relay whether the store is to pass it on to others like itself
   * @throws InputException when the store will never take it
   * @throws StoreFullException when it has no room now
   * @throws StoreAwayException when it can't now
   * @throws IOException when the artifact can't be read here
   */
  public void put(Artifact artifact, ArtifactStore from, boolean verify, boolean relay)
      throws IOException {
    StageKey key = artifact.ref().key();
    if (has(key, from, verify)) {
      return;
    }
    HttpResponse<InputStream> answer =
        send(
            request(key, "?relay=" + relay)
                .header("Content-Type", "application/zip")
                .PUT(BodyPublishers.ofInputStream(() -> PackedBytes.of(key, from))));
    try (InputStream body = answer.body()) {
      check(answer.statusCode(), body);
    }
  }

  /** Whether the store has the very artifact that {@code own} has; asking is no use of it. */
  boolean has(StageKey key, ArtifactStore own, boolean verify) throws IOException {
    Optional<byte[]> there = manifest(key, verify);
    return there.isPresent() && own.isManifest(key, there.get());
  }

  /**
   * Sends what is kept here to the node that requested it from the store, which may read it slowly:
   * does not wait until that is done.
   *
   * @param ticket by which the store knows who requested it
   */
  public CompletableFuture<Integer> relay(
      StageKey key, ArtifactStore from, ArtifactContent content, String ticket) throws IOException {
    HttpRequest.BodyPublisher body =
        content instanceof ArtifactContent.File file
            ? FileBytes.from(from.path(key, file.name()).orElseThrow(missing(key)), file.from())
            : BodyPublishers.ofInputStream(() -> PackedBytes.of(key, from));
    HttpRequest request =
        HttpRequest.newBuilder(address(key, "/relay/" + ticket))
            .header("Authorization", "Bearer " + access.pass())
            .header("Content-Type", "application/octet-stream")
            .PUT(body)
            .build();
    return http.sendAsync(request, BodyHandlers.discarding()).thenApply(HttpResponse::statusCode);
  }

  private static Supplier<IOException> missing(StageKey key) {
    return () -> new IOException("artifact " + key.brief() + " has no such file here");
  }

  private void check(int status, InputStream body) throws IOException {
    if (status < 300) {
      return;
    }
    String problem =
        "the coordinator's store at "
            + access.url()
            + " answers "
            + status
            + ": "
            + new String(body.readNBytes(1000), StandardCharsets.UTF_8).strip();
    if (status == TOO_LARGE) {
      throw new InputException(problem + "; see secateur.artifacts.most-bytes");
    }
    throw status == FULL ? new StoreFullException(problem) : new StoreAwayException(problem);
  }

  private static String escaped(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private URI address(StageKey key, String rest) {
    return URI.create(access.url() + "/api/v1/artifacts/" + key.value() + rest);
  }

  private HttpRequest.Builder request(StageKey key, String rest) {
    return HttpRequest.newBuilder(address(key, rest))
        .header("Authorization", "Bearer " + access.pass())
        .timeout(patience.answer());
  }

  /**
   * Waits for the answer to begin, and tells of that, so that a task can be abandoned meanwhile.
   */
  private HttpResponse<InputStream> send(HttpRequest.Builder request) throws IOException {
    CompletableFuture<HttpResponse<InputStream>> answer =
        http.sendAsync(request.build(), BodyHandlers.ofInputStream());
    try {
      while (true) {
        try {
          return answer.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
          told.accept("waiting for the coordinator's store");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw away(failure);
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      answer.cancel(true); // of no effect once it is there
    }
  }

  private StoreAwayException away(IOException e) {
    return new StoreAwayException(
        "the coordinator's store at " + access.url() + " can't be reached: " + FailureReason.of(e),
        e);
  }
}
