package dev.secateur.actors.node;

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
import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.events.JournalPlans;
import dev.secateur.coordinator.http.AllowedHosts;
import dev.secateur.coordinator.http.ArtifactKeepers;
import dev.secateur.coordinator.http.ArtifactRoutes;
import dev.secateur.coordinator.http.DiskRoutes;
import dev.secateur.coordinator.http.EventFeed;
import dev.secateur.coordinator.http.HttpApi;
import dev.secateur.coordinator.http.Metrics;
import dev.secateur.coordinator.http.NodeLogs;
import dev.secateur.coordinator.http.PeopleRoutes;
import dev.secateur.coordinator.http.SweepService;
import dev.secateur.protocol.ArtifactContent;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.StoreAccess;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator's API over HTTP, and workers' nodes that keep artifacts and open no port. */
abstract class KeeperFixture {
  static final StageKey KEY = new StageKey("0123456789abcdef0123456789abcdef01234567");
  static final StageKey OTHER = new StageKey("f123456789abcdef0123456789abcdef01234567");
  static final byte[] WEIGHTS = new byte[3_000_000];

  static {
    new Random(7).nextBytes(WEIGHTS);
  }

  static final EventJournal NO_EVENTS =
      (EventJournal)
          Proxy.newProxyInstance(
              EventJournal.class.getClassLoader(),
              new Class<?>[] {EventJournal.class},
              (journal, method, arguments) -> {
                throw new UnsupportedOperationException(method.getName());
              });

  @TempDir Path folder;
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  ActorTestKit kit;
  StoreAccess access;
  ServerBinding binding;
  Keepers keepers;
  Metrics metrics;
  volatile List<StoreAccess> others = List.of();

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
  ServerBinding serve(String name, int port, ArtifactKeepers asked) {
    ActorRef<CoordinatorMessage> nobody = kit.spawn(Behaviors.ignore());
    Database database = new Database("jdbc:h2:" + folder.resolve("db/journal"), "secateur", "");
    HttpApi api =
        new HttpApi(
            new SweepService(
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
            new DiskRoutes(kit.system(), nobody, Housekeeping.NONE),
            Optional.empty(),
            new ArtifactRoutes(
                new CoordinatorArtifacts(
                    store(name),
                    Optional.empty(),
                    () -> name.equals("coordinator") ? others : List.of(),
                    NodeHttp.client(settings()),
                    name.equals("full")
                        ? new StoreRoom(folder, Long.MAX_VALUE)
                        : StoreRoom.UNLIMITED),
                asked,
                "pass",
                kit.system().dispatchers().lookup(DispatcherSelector.blocking()),
                1 << 30),
            new PeopleRoutes(
                NO_EVENTS,
                question ->
                    CompletableFuture.completedFuture(new NodeLogs.Answer(List.of(), List.of())),
                List::of,
                Runnable::run),
            AllowedHosts.of(List.of()),
            kit.system().dispatchers().lookup(DispatcherSelector.blocking()),
            1 << 20);
    return Http.get(kit.system())
        .newServerAt("127.0.0.1", port)
        .bind(api.routes())
        .toCompletableFuture()
        .join();
  }

  void startOtherCoordinator() {
    int port = serve("other", 0, ArtifactKeepers.NONE).localAddress().getPort();
    others = List.of(new StoreAccess("http://127.0.0.1:" + port, "pass"));
  }

  @AfterEach
  void stop() {
    binding.terminate(Duration.ofSeconds(1)).toCompletableFuture().join();
    kit.shutdownTestKit();
  }

  ArtifactStore store(String name) {
    return new ArtifactStore(folder.resolve(name));
  }

  Artifact make(String store, StageKey key) throws IOException {
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
  void startKeeper(String name) {
    kit.spawn(Keeper.create("host/" + name, store(name), NodeHttp.client(settings())));
    awaitKeeper("host/" + name, name);
  }

  static NodeSettings settings() {
    return NodeSettings.load(Optional.empty());
  }

  void awaitKeeper(String worker, String store) {
    StageKey sign = new StageKey("%040x".formatted(worker.hashCode() & 0x7fffffff));
    await()
        .until(
            () -> {
              make(store, sign);
              return worker.equals(keepers.holding(Set.of(sign)).get(sign));
            });
  }

  HttpRequest.Builder request(StageKey key, String rest) {
    return HttpRequest.newBuilder(
        URI.create(access.url() + "/api/v1/artifacts/" + key.value() + rest));
  }

  HttpResponse<byte[]> get(StageKey key, String rest, String... headers) throws Exception {
    HttpRequest.Builder request = request(key, rest);
    return http.send(
        headers.length == 0 ? request.build() : request.headers(headers).build(),
        BodyHandlers.ofByteArray());
  }

  /** Where the bytes of a file that is wanted begin. */
  static long from(Keeper.Send wanted) {
    return ((ArtifactContent.File) wanted.content()).from();
  }

  /** Begins with a file, and is cut off. */
  void sendSome(Keeper.Send wanted) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), binding.localAddress().getPort())) {
      OutputStream out = socket.getOutputStream();
      String head =
          "PUT /api/v1/artifacts/%s/relay/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n"
                  .formatted(KEY.value(), wanted.ticket(), WEIGHTS.length - from(wanted))
              + "Authorization: Bearer pass\r\nContent-Type: application/octet-stream\r\n\r\n";
      out.write(head.getBytes(StandardCharsets.UTF_8));
      out.write(WEIGHTS, (int) from(wanted), 500_000);
      out.flush();
    }
  }

  /** What a fake worker's node does when it is to send. */
  @FunctionalInterface
  interface Sending {
    void send(Keeper.Send wanted) throws IOException;
  }

  /** A worker's node that has what lies in the folder {@code one}, and sends as a test says. */
  void spawnFake(Sending sending) {
    ActorRef<Keeper.Message> fake =
        kit.spawn(
            Behaviors.receive(Keeper.Message.class)
                .onMessage(
                    Keeper.Has.class,
                    has -> {
                      has.replyTo()
                          .tell(
                              new Keeper.Kept(
                                  "fake",
                                  store("one").manifest(has.key()).orElseGet(() -> new byte[0])));
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

  int put(StageKey key, String ticket, String credentials) throws IOException {
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
}
