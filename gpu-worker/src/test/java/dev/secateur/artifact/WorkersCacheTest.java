package dev.secateur.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.StoreAccess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker's cache and a coordinator that has some of it. */
class WorkersCacheTest {
  private static final StageKey STORED = key('a');
  private static final StageKey ANOTHERS = key('b');
  private static final StageKey READ = key('c');

  @TempDir private Path folder;
  private HttpServer coordinator;
  private ArtifactStore own;

  private static StageKey key(char letter) {
    return new StageKey(String.valueOf(letter).repeat(40));
  }

  @BeforeEach
  void start() throws IOException {
    own = new ArtifactStore(folder);
    coordinator = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    coordinator.createContext("/", this::manifest);
    coordinator.start();
    for (StageKey key : new StageKey[] {STORED, ANOTHERS, READ}) {
      Artifact made =
          own.create(
              key,
              StageKind.PRUNING,
              Map.of(),
              into -> {
                Files.write(into.resolve("data"), new byte[100]);
                return Map.of();
              });
      old(made.file("artifact.json"));
    }
  }

  @AfterEach
  void stop() {
    coordinator.stop(0);
  }

  private static void old(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
  }

  /** Of one of them the coordinator has another's work. */
  private void manifest(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] answer =
        path.contains(ANOTHERS.value())
            ? new byte[] {'{', '}'}
            : Files.readAllBytes(folder.resolve(path.split("/")[4]).resolve("artifact.json"));
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private void task(Optional<CacheLimit.Most> most) throws IOException {
    StageArtifacts artifacts =
        new StageArtifacts(
            own,
            HttpClient.newHttpClient(),
            new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO),
            ArtifactPlacement.USUAL,
            most);
    int port = coordinator.getAddress().getPort();
    artifacts.storeAt(new StoreAccess("http://127.0.0.1:" + port, "pass"));
    artifacts.taskBegins();
    artifacts.here(READ);
    artifacts.taskEnds(note -> {});
  }

  @Test
  void afterATaskWhatTheCoordinatorHasGoesButNotWhatTheTaskRead() throws IOException {
    task(Optional.of(CacheLimit.Most.bytes(0)));
    assertThat(own.find(STORED)).isEmpty();
    assertThat(own.find(ANOTHERS)).as("the coordinator has not that one").isPresent();
    assertThat(own.find(READ)).isPresent();
  }

  @Test
  void whatGoesWrongWithTheCacheIsNoneOfTheTasks() throws IOException {
    StageArtifacts artifacts =
        new StageArtifacts(
            own,
            HttpClient.newHttpClient(),
            new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO),
            ArtifactPlacement.USUAL,
            Optional.of(CacheLimit.Most.bytes(0)));
    artifacts.storeAt(new StoreAccess("no address", "pass"));
    artifacts.taskBegins();
    assertThatCode(() -> artifacts.taskEnds(note -> {})).doesNotThrowAnyException();
    assertThat(own.find(STORED)).isPresent();
  }

  @Test
  void nothingGoesWithoutALimit() throws IOException {
    task(Optional.empty());
    assertThat(own.find(STORED)).isPresent();
  }
}
