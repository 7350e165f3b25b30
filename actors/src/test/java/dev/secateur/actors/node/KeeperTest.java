package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.stream.javadsl.Source;
import com.typesafe.config.ConfigFactory;
import dev.secateur.actors.client.Addresses;
import dev.secateur.actors.client.ApiClient;
import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StoreAwayException;
import dev.secateur.artifact.StoreClient;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.events.JournalPlans;
import dev.secateur.coordinator.http.AllowedHosts;
import dev.secateur.coordinator.http.ArtifactKeepers;
import dev.secateur.coordinator.http.ArtifactRoutes;
import dev.secateur.coordinator.http.EventFeed;
import dev.secateur.coordinator.http.HttpApi;
import dev.secateur.coordinator.http.Metrics;
import dev.secateur.coordinator.http.SweepDesk;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.StoreAccess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A coordinator's API over HTTP, and workers' nodes that keep artifacts and open no port. */
class KeeperTest {
  private static final StageKey KEY = new StageKey("0123456789abcdef0123456789abcdef01234567");
  private static final StageKey OTHER = new StageKey("f123456789abcdef0123456789abcdef01234567");
  private static final byte[] WEIGHTS = new byte[3_000_000];

  static {
    new Random(7).nextBytes(WEIGHTS);
  }

  private static final EventJournal NO_EVENTS =
      (EventJournal)
          Proxy.newProxyInstance(
              EventJournal.class.getClassLoader(),
              new Class<?>[] {EventJournal.class},
              (journal, method, arguments) -> {
                throw new UnsupportedOperationException(method.getName());
              });

  @TempDir private Path folder;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private ActorTestKit kit;
  private StoreAccess access;
  private ServerBinding binding;
  private Keepers keepers;
  private Metrics metrics;
  private volatile List<StoreAccess> others = List.of();

  @BeforeEach
  void start() throws IOException {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString(
                    "akka.actor.provider = local, akka.actor.serialization-bindings {"
                        + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }")
                .withFallback(ConfigFactory.load()));
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    access = new StoreAccess("http://127.0.0.1:" + port, "pass");
    keepers = Keepers.of(kit.system(), access);
    metrics = Metrics.of(kit.system());
    binding = serve("coordinator", port, keepers);
  }

  /** A coordinator's API, whose store is the folder of that name. */
  private ServerBinding serve(String name, int port, ArtifactKeepers asked) {
    ActorRef<CoordinatorMessage> nobody = kit.spawn(Behaviors.ignore());
    Database database = new Database("jdbc:h2:" + folder.resolve("db/journal"), "secateur", "");
    HttpApi api =
        new HttpApi(
            new SweepDesk(
                kit.system(),
                nobody,
                () -> {
                  throw new IllegalStateException();
                },
                folder,
                RunTable.of(database),
                new JournalPlans(NO_EVENTS),
                key -> false,
                Duration.ofSeconds(1)),
            new EventFeed(NO_EVENTS, Source::empty),
            metrics,
            Optional.empty(),
            Optional.of(
                new ArtifactRoutes(
                    new CoordinatorShelf(
                        store(name),
                        Optional.empty(),
                        () -> name.equals("coordinator") ? others : List.of(),
                        Node.httpClient(settings())),
                    asked,
                    "pass",
                    kit.system().dispatchers().lookup(DispatcherSelector.blocking()),
                    1 << 30)),
            AllowedHosts.of(List.of()),
            kit.system().dispatchers().lookup(DispatcherSelector.blocking()),
            1 << 20);
    return Http.get(kit.system())
        .newServerAt("127.0.0.1", port)
        .bind(api.routes())
        .toCompletableFuture()
        .join();
  }

  private void startOtherCoordinator() {
    int port = serve("other", 0, ArtifactKeepers.NONE).localAddress().getPort();
    others = List.of(new StoreAccess("http://127.0.0.1:" + port, "pass"));
  }

  @AfterEach
  void stop() {
    binding.terminate(Duration.ofSeconds(1)).toCompletableFuture().join();
    kit.shutdownTestKit();
  }

  private ArtifactStore store(String name) {
    return new ArtifactStore(folder.resolve(name));
  }

  private Artifact make(String store, StageKey key) throws IOException {
    return store(store)
        .create(
            key,
            StageKind.EXPORT,
            Map.of("worker", "host/" + store),
            into -> {
              Files.createDirectories(into.resolve("deep"));
              Files.write(into.resolve("deep/model 1.safetensors"), WEIGHTS);
              Files.write(into.resolve("empty"), new byte[0]);
              return Map.of();
            });
  }

  /** A worker's node, which the coordinator's has heard of. */
  private void startKeeper(String name) {
    kit.spawn(Keeper.create("host/" + name, store(name), Node.httpClient(settings())));
    awaitKeeper("host/" + name, name);
  }

  private static NodeSettings settings() {
    return NodeSettings.load(Optional.empty());
  }

  private void awaitKeeper(String worker, String store) {
    StageKey sign = new StageKey("%040x".formatted(worker.hashCode() & 0x7fffffff));
    await()
        .until(
            () -> {
              make(store, sign);
              return worker.equals(keepers.holding(Set.of(sign)).get(sign));
            });
  }

  private HttpRequest.Builder request(StageKey key, String rest) {
    return HttpRequest.newBuilder(
        URI.create(access.url() + "/api/v1/artifacts/" + key.value() + rest));
  }

  private HttpResponse<byte[]> get(StageKey key, String rest, String... headers) throws Exception {
    HttpRequest.Builder request = request(key, rest);
    return http.send(
        headers.length == 0 ? request.build() : request.headers(headers).build(),
        BodyHandlers.ofByteArray());
  }

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

  /** Begins with a file, and is cut off. */
  private void sendSome(Keeper.Send wanted) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", binding.localAddress().getPort())) {
      OutputStream out = socket.getOutputStream();
      String head =
          "PUT /api/v1/artifacts/%s/relay/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n"
                  .formatted(KEY.value(), wanted.ticket(), WEIGHTS.length - wanted.from())
              + "Authorization: Bearer pass\r\nContent-Type: application/octet-stream\r\n\r\n";
      out.write(head.getBytes(StandardCharsets.UTF_8));
      out.write(WEIGHTS, (int) wanted.from(), 500_000);
      out.flush();
    }
  }

  @Test
  void aClientGoesOnAfterTheLastByteOfAWorkerThatWasCutOff() throws Exception {
    make("one", KEY);
    List<Long> asked = new CopyOnWriteArrayList<>();
    spawnFake(
        send -> {
          asked.add(send.from());
          if (asked.size() <= 2) {
            sendSome(send);
          } else {
            new StoreClient(http, access)
                .relay(KEY, store("one"), send.name(), send.from(), send.ticket());
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

  /** What a fake worker's node does when it is to send. */
  @FunctionalInterface
  private interface Sending {
    void send(Keeper.Send wanted) throws IOException;
  }

  /** A worker's node that has what lies in the folder {@code one}, and sends as a test says. */
  private void spawnFake(Sending sending) {
    ActorRef<Keeper.Message> fake =
        kit.spawn(
            Behaviors.receive(Keeper.Message.class)
                .onMessage(
                    Keeper.Has.class,
                    has -> {
                      has.replyTo().tell(new Keeper.Kept("fake", store("one").manifest(has.key())));
                      return Behaviors.same();
                    })
                .onMessage(
                    Keeper.Which.class,
                    which -> {
                      which.replyTo().tell(new Keeper.Holding("fake", which.keys()));
                      return Behaviors.same();
                    })
                .onMessage(
                    Keeper.Send.class,
                    send -> {
                      sending.send(send);
                      return Behaviors.same();
                    })
                .build());
    kit.system().receptionist().tell(Receptionist.register(Keeper.KEY, fake));
    awaitKeeper("fake", "one");
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

  private int put(StageKey key, String ticket, String credentials) throws IOException {
    HttpRequest put =
        request(key, "/relay/" + ticket)
            .header("Authorization", credentials)
            .header("Content-Type", "application/octet-stream")
            .PUT(BodyPublishers.ofString("x"))
            .build();
    try {
      return http.send(put, BodyHandlers.discarding()).statusCode();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void crossesProcesses() {
    ActorRef<Keeper.Kept> kept = kit.<Keeper.Kept>createTestProbe().ref();
    ActorRef<Keeper.Holding> holding = kit.<Keeper.Holding>createTestProbe().ref();
    for (Object message :
        List.of(
            new Keeper.Has(KEY, kept),
            new Keeper.Which(Set.of(KEY), holding),
            new Keeper.Holding("host/cpu", Set.of(KEY)),
            new Keeper.Send(KEY, Optional.of("a"), 5, access, "ticket"))) {
      kit.serializationTestKit().verifySerialization(message, true);
    }
    Keeper.Kept answer = new Keeper.Kept("host/cpu", Optional.of(new byte[] {1, 2}));
    Keeper.Kept back = kit.serializationTestKit().verifySerialization(answer, false);
    assertThat(back.manifest().orElseThrow()).containsExactly(1, 2);
  }
}
