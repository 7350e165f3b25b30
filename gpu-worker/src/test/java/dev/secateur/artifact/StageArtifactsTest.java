package dev.secateur.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.artifact.ArtifactPlacement.Place;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A worker's artifacts and a store that answers over HTTP. */
class StageArtifactsTest {
  private static final StageKey KEY = new StageKey("0123456789abcdef0123456789abcdef01234567");
  private static final Consumer<String> NOBODY = note -> {};

  @TempDir private Path folder;
  private FakeStore store;

  @BeforeEach
  void start() throws IOException {
    store = new FakeStore(folder);
  }

  @AfterEach
  void stop() {
    store.close();
  }

  private StageArtifacts worker(String name, StageArtifacts.Patience patience) {
    return worker(name, patience, Place.AUTO, 1000);
  }

  private StageArtifacts worker(String name, Place place, long large) {
    return worker(name, new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO), place, large);
  }

  private StageArtifacts worker(
      String name, StageArtifacts.Patience patience, Place place, long large) {
    StageArtifacts artifacts =
        new StageArtifacts(
            new ArtifactStore(folder.resolve(name)),
            HttpClient.newHttpClient(),
            patience,
            new ArtifactPlacement(place, large),
            Optional.empty());
    artifacts.storeAt(store.access());
    return artifacts;
  }

  private StageArtifacts worker(String name) {
    return worker(name, Place.AUTO, 1000);
  }

  private static Artifact make(ArtifactStore store, StageKind kind, int bytes) throws IOException {
    return store.create(
        KEY,
        kind,
        Map.of("worker", "host/cpu"),
        into -> {
          Files.write(into.resolve("content"), new byte[bytes]);
          return Map.of("x", 1.5);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "AUTO, EXPORT, 1000, true",
    "AUTO, EXPORT, 1001, false",
    "AUTO, ESTIMATION, 1001, false",
    "WORKER, EXPORT, 1, false",
    "WORKER, TRAINING, 1, false",
    "WORKER, PRUNING, 1, true",
    "WORKER, PRUNING, 1001, false",
    "COORDINATOR, EXPORT, 1001, true"
  })
  void bringsToTheStoreWhatDoesNotStay(Place place, StageKind kind, int bytes, boolean brought)
      throws IOException {
    StageArtifacts worker = worker("worker", place, 1000);
    worker.deliver(make(worker.own(), kind, bytes), false, NOBODY);
    assertThat(store.stored.find(KEY).isPresent()).isEqualTo(brought);
    if (!brought) {
      assertThat(store.asked).as("the store is not even asked").isEmpty();
    }
  }

  @Test
  void aStoreWithoutRoomIsWaitedForAndThenSaid() throws IOException {
    List<String> told = new CopyOnWriteArrayList<>();
    StageArtifacts worker =
        worker("worker", new StageArtifacts.Patience(Duration.ofMinutes(5), Duration.ofMillis(1)));
    Artifact made = make(worker.own(), StageKind.PRUNING, 10);
    store.full = true;
    worker.deliver(
        made,
        false,
        note -> {
          told.add(note);
          store.full = told.stream().filter(n -> n.contains("room")).count() < 3;
        });
    assertThat(told).contains("waiting for room in the coordinator's store");
    assertThat(store.stored.find(KEY)).isPresent();

    Files.delete(store.stored.get(KEY).file(ArtifactStore.MANIFEST));
    store.full = true;
    assertThatThrownBy(() -> worker("worker").deliver(made, false, NOBODY))
        .isInstanceOf(StoreFullException.class)
        .hasMessageContaining("answers 507");
  }

  @Test
  void aDoneStageIsKnownByItsManifestAlone() throws IOException {
    Artifact made = make(store.stored, StageKind.EXPORT, 5000);
    StageArtifacts worker = worker("worker");
    Artifact known = worker.done(KEY, NOBODY).orElseThrow();
    assertThat(known.ref()).isEqualTo(made.ref());
    assertThat(known.metrics()).isEqualTo(made.metrics());
    assertThat(known.machine()).isEqualTo(made.machine());
    assertThat(store.asked).containsExactly("GET manifest");
    assertThat(worker.own().find(KEY)).isEmpty();
    assertThat(worker.get(KEY, NOBODY).file("content")).hasSize(5000);
  }

  @Test
  void aLargeOneThatAnotherWorkerKeepsIsLeftThereUntilItIsRead() throws IOException {
    make(store.kept, StageKind.EXPORT, 5000);
    StageArtifacts worker = worker("worker");
    assertThat(worker.done(KEY, NOBODY)).isPresent();
    assertThat(store.asked).containsExactly("GET manifest");
    assertThat(worker.get(KEY, NOBODY).file("content")).hasSize(5000);
    assertThat(store.stored.find(KEY)).isEmpty();
  }

  @Test
  void aSmallOneThatTheStoreHasLostIsBroughtThereAgain() throws IOException {
    make(store.kept, StageKind.PRUNING, 10);
    assertThat(worker("worker").done(KEY, NOBODY)).isPresent();
    assertThat(store.stored.find(KEY)).isPresent();
  }

  @Test
  void aSmallOneOfItsOwnIsBroughtAgainWhereTheStoresIsDamaged() throws IOException {
    StageArtifacts worker = worker("worker");
    Artifact made = make(worker.own(), StageKind.PRUNING, 10);
    worker.deliver(made, false, NOBODY);
    Files.writeString(store.stored.get(KEY).file("content"), "damaged");
    worker.deliver(made, true, NOBODY);
    assertThat(store.stored.find(KEY)).isPresent();
  }

  @Test
  void whatNobodyHasIsMissing() throws IOException {
    assertThat(worker("worker").done(KEY, NOBODY)).isEmpty();
    assertThatThrownBy(() -> worker("worker").get(KEY, NOBODY))
        .isInstanceOf(ArtifactMissingException.class);
  }

  @Test
  void workersOfOneFolderBringAnArtifactOnce() throws Exception {
    make(store.stored, StageKind.TRAINING, 5_000_000);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<Artifact>> got = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 4; i++) {
      got.add(threads.submit(() -> worker("same").get(KEY, NOBODY)));
    }
    for (Future<Artifact> each : got) {
      assertThat(each.get().file("content")).hasSize(5_000_000);
    }
    threads.shutdown();
    assertThat(store.asked).containsExactly("GET archive");
    assertThat(folder.resolve("same")).isDirectoryNotContaining("glob:**/.part-*");
  }

  @Test
  void whoWaitsForTheTurnMayGiveUp() throws IOException {
    make(store.stored, StageKind.TRAINING, 10);
    StageArtifacts worker = worker("same");
    try (ArtifactLock other = worker.own().lock(KEY, () -> {})) {
      assertThatThrownBy(
              () ->
                  worker.get(
                      KEY,
                      note -> {
                        throw new CancellationException(note);
                      }))
          .isInstanceOf(CancellationException.class)
          .hasMessage("waiting for artifact " + KEY.brief());
    }
  }

  @Test
  void aStoreThatStopsAmidAnArtifactIsAway() throws IOException {
    make(store.stored, StageKind.TRAINING, 5000);
    store.stalled = true;
    StoreClient client =
        new StoreClient(
            HttpClient.newHttpClient(),
            store.access(),
            NOBODY,
            new StoreClient.Patience(Duration.ofMinutes(1), Duration.ofMillis(50)));
    ArtifactStore own = new ArtifactStore(folder.resolve("worker"));
    assertThatThrownBy(() -> client.fetch(KEY, own, true)).isInstanceOf(StoreAwayException.class);
    assertThatThrownBy(() -> client.manifest(KEY, false)).isInstanceOf(StoreAwayException.class);
    assertThat(own.has(KEY)).isFalse();
  }
}
