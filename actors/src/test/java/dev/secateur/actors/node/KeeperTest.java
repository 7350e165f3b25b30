package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import dev.secateur.actors.client.Addresses;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.StoreAwayException;
import dev.secateur.artifact.StoreClient;
import dev.secateur.artifact.StoreFullException;
import dev.secateur.coordinator.http.ArtifactKeepers;
import dev.secateur.protocol.ArtifactContent;
import dev.secateur.protocol.StoreAccess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What workers keep, read by clients and by other workers. */
class KeeperTest extends KeeperFixture {
  @Test
  void readsWhatAWorkerKeepsThroughTheCoordinatorWhichKeepsNothingOfIt() throws Exception {
    Artifact made = make("one", KEY);
    startKeeper("zero");
    startKeeper("one");
    HttpResponse<byte[]> manifest = get(KEY, "/manifest");
    assertThat(manifest.body()).isEqualTo(store("one").manifest(KEY).orElseThrow());
    assertThat(manifest.headers().firstValue(StoreClient.KEPT_BY)).hasValue("host/one");
    Artifact fetched = new StoreClient(http, access).fetch(KEY, store("two"), true).orElseThrow();
    assertThat(fetched.ref()).isEqualTo(made.ref());
    assertThat(store("coordinator").manifest(KEY)).isEmpty();
    assertThat(keepers.holding(Set.of(KEY, OTHER))).isEqualTo(Map.of(KEY, "host/one"));
  }

  @Test
  void aCoordinatorWithoutRoomSaysSoToAWorkerThatSendsMuch() throws Exception {
    Artifact made = make("one", KEY);
    int port = serve("full", 0, ArtifactKeepers.NONE).localAddress().getPort();
    StoreClient client = new StoreClient(http, new StoreAccess("http://127.0.0.1:" + port, "pass"));
    assertThatThrownBy(() -> client.put(made, store("one"), true, true))
        .isInstanceOf(StoreFullException.class)
        .hasMessageContaining("answers 507")
        .hasMessageContaining(" MiB free, fewer than the ");
    new StoreClient(http, access).put(made, store("one"), true, true);
    assertThat(store("coordinator").get(KEY).ref()).isEqualTo(made.ref());
  }

  @Test
  void whatIsDamagedCountsForNoStageThatIsDone() throws Exception {
    Path weights = make("one", KEY).file("deep/model 1.safetensors");
    startKeeper("one");
    assertThat(get(KEY, "/manifest?verify=true&relay=true").statusCode()).isEqualTo(200);
    byte[] damaged = WEIGHTS.clone();
    damaged[5] ^= 1;
    Files.write(weights, damaged);
    assertThat(get(KEY, "/manifest?verify=true&relay=true").statusCode()).isEqualTo(404);
    assertThat(get(KEY, "/manifest?verify=true").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "coordinator", "other"})
  void sendsFilesFromAnyPlaceOn(String place) throws Exception {
    make(place, KEY);
    startOtherCoordinator();
    startKeeper("one");
    String file = "/files/deep/model%201.safetensors";
    HttpResponse<byte[]> whole = get(KEY, file);
    assertThat(whole.statusCode()).isEqualTo(200);
    assertThat(whole.body()).isEqualTo(WEIGHTS);
    HttpResponse<byte[]> rest = get(KEY, file, "Range", "bytes=1000000-");
    assertThat(rest.statusCode()).isEqualTo(206);
    assertThat(rest.headers().firstValue("Content-Range"))
        .hasValue("bytes 1000000-2999999/3000000");
    assertThat(rest.body()).isEqualTo(Arrays.copyOfRange(WEIGHTS, 1_000_000, 3_000_000));
    assertThat(get(KEY, file, "Range", "bytes=2999999-").body()).hasSize(1);
    assertThat(get(KEY, file, "Range", "bytes=3000000-").statusCode()).isEqualTo(416);
    assertThat(get(KEY, file, "Range", "bytes=0-5").statusCode()).isEqualTo(400);
    assertThat(get(KEY, "/files/empty").statusCode()).isEqualTo(200);
    assertThat(get(KEY, "/files/artifact.json").body())
        .isEqualTo(store(place).manifest(KEY).orElseThrow());
    assertThat(store("coordinator").manifest(KEY).isPresent())
        .as("nothing is kept on the way")
        .isEqualTo(place.equals("coordinator"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/files/none",
        "/files/deep",
        "/files/",
        "/files/../artifact.json",
        "/files/%2e%2e/secret",
        "/files/..%2Fsecret",
        "/files/deep/../../secret",
        "/files/%2Fetc%2Fpasswd",
        "/files/.state-x"
      })
  void sendsNoFileThatTheManifestDoesNotName(String path) throws Exception {
    make("one", KEY);
    Files.writeString(folder.resolve("one/secret"), "secret text");
    startKeeper("one");
    HttpResponse<byte[]> answer = get(KEY, path);
    assertThat(answer.statusCode()).isIn(400, 404);
    assertThat(new String(answer.body(), StandardCharsets.UTF_8)).doesNotContain("secret text");
  }

  @Test
  void aReaderOfAWorkerThatIsCutOffHearsOfIt() throws Exception {
    make("one", KEY);
    spawnFake(this::sendSome);
    HttpResponse<InputStream> answer =
        http.send(
            request(KEY, "/files/deep/model%201.safetensors").build(),
            BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    try (InputStream body = answer.body()) {
      assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aClientGoesOnAfterTheLastByteOfAWorkerThatWasCutOff() throws Exception {
    make("one", KEY);
    List<Long> asked = new CopyOnWriteArrayList<>();
    spawnFake(
        send -> {
          asked.add(from(send));
          if (asked.size() <= 2) {
            sendSome(send);
          } else {
            new StoreClient(http, access).relay(KEY, store("one"), send.content(), send.ticket());
          }
        });
    ByteArrayOutputStream into = new ByteArrayOutputStream();
    ApiClient client =
        ApiClient.of(
            Addresses.of("test", access.url()), Optional.empty(), Optional.empty(), line -> {});
    client.read(
        "/api/v1/artifacts/" + KEY.value() + "/files/deep/model%201.safetensors",
        WEIGHTS.length,
        0,
        into,
        count -> {});
    assertThat(into.toByteArray()).isEqualTo(WEIGHTS);
    assertThat(asked).hasSize(3).isSorted().first().isEqualTo(0L);
    assertThat(asked.get(2)).isPositive();
  }

  /** A silent one may have it, which a stage that reads it waits for, and a new stage does not. */
  @Test
  void whatASilentWorkerMayHaveIsNotLost() throws Exception {
    ActorRef<Keeper.Message> silent = kit.spawn(Behaviors.ignore());
    kit.system().receptionist().tell(Receptionist.register(Keeper.KEY, silent));
    await().until(() -> get(KEY, "/files/x").statusCode() == 503);
    assertThat(get(KEY, "").statusCode()).isEqualTo(503);
    assertThat(get(KEY, "/manifest").statusCode()).isEqualTo(404);
    assertThatThrownBy(() -> new StoreClient(http, access).fetch(KEY, store("two"), true))
        .isInstanceOf(StoreAwayException.class)
        .hasMessageContaining("not all workers say whether they keep it");
  }

  @Test
  void aCoordinatorThatHasJustBegunTellsNoWorkerThatAnArtifactIsLost() throws Exception {
    assertThat(get(KEY, "").statusCode()).isEqualTo(404);
    assertThat(get(KEY, "", "Authorization", "Bearer pass").statusCode()).isEqualTo(503);
  }

  @Test
  void relaysOnlyWhatSomebodyWaitsForAndOnlyOfWorkers() throws Exception {
    assertThat(put(KEY, "t", "Bearer pass")).isEqualTo(404);
    assertThat(put(KEY, "t", "Bearer wrong")).isEqualTo(403);
    make("one", KEY);
    List<Integer> answers = new CopyOnWriteArrayList<>();
    spawnFake(
        send -> {
          answers.add(put(OTHER, send.ticket(), "Bearer pass"));
          answers.add(put(KEY, send.ticket(), "Bearer pass"));
          answers.add(put(KEY, send.ticket(), "Bearer pass"));
        });
    assertThat(get(KEY, "").body()).as("what was put").hasSize(1);
    await().until(() -> answers.size() == 3);
    assertThat(answers).containsExactly(404, 200, 404);
  }

  @Test
  void crossesProcesses() {
    ActorRef<Keeper.Kept> kept = kit.<Keeper.Kept>createTestProbe().ref();
    ActorRef<Keeper.Holding> holding = kit.<Keeper.Holding>createTestProbe().ref();
    for (Object message :
        List.of(
            new Keeper.Has(KEY, kept),
            new Keeper.Check(KEY, kit.<Keeper.Checked>createTestProbe().ref()),
            new Keeper.Checked(true),
            new Keeper.Which(Set.of(KEY), holding),
            new Keeper.Holding("host/cpu", Set.of(KEY)),
            new Keeper.Send(KEY, new ArtifactContent.File("a", 5), access, "ticket"),
            new Keeper.Send(KEY, new ArtifactContent.Archive(), access, "ticket"))) {
      kit.serializationTestKit().verifySerialization(message, true);
    }
    Keeper.Kept answer = new Keeper.Kept("host/cpu", new byte[] {1, 2});
    Keeper.Kept back = kit.serializationTestKit().verifySerialization(answer, false);
    assertThat(back.manifest()).containsExactly(1, 2);
  }
}
