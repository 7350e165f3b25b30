package dev.secateur.actors.node;

import akka.Done;
import akka.NotUsed;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.eventstream.EventStream;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.ServerBuilder;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Source;
import akka.stream.typed.javadsl.ActorSource;
import dev.secateur.actors.events.ClusterLogs;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.CacheLimit;
import dev.secateur.coordinator.events.JournalPlans;
import dev.secateur.coordinator.http.ArtifactKeepers;
import dev.secateur.coordinator.http.ArtifactRoutes;
import dev.secateur.coordinator.http.DiskRoutes;
import dev.secateur.coordinator.http.EventFeed;
import dev.secateur.coordinator.http.HttpApi;
import dev.secateur.coordinator.http.Metrics;
import dev.secateur.coordinator.http.PeopleRoutes;
import dev.secateur.coordinator.http.SweepService;
import dev.secateur.coordinator.http.Tokens;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.source.LocalFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/** The coordinator's API on a node. */
public final class HttpServer {
  private static final int CHATTER = 256;
  private static final Duration FAREWELL = Duration.ofSeconds(3);

  private HttpServer() {}

  /**
   * Serves the API until the system ends.
   *
   * @return where
   * @throws InputException when the address can't be listened on
   */
  public static String start(
      ActorSystem<Node.Command> system,
      NodeSettings settings,
      WorkFolder work,
      Node.Launch launch,
      ActorRef<CoordinatorMessage> coordinator) {
    HttpSettings http = settings.http();
    Database database = Database.of(settings, work);
    StoredJournal journal = new StoredJournal(system, database);
    ArtifactStore artifacts = new ArtifactStore(settings.artifacts(work));
    SweepService service =
        new SweepService(
            system,
            coordinator,
            () ->
                new LocalSources(
                    new LocalFiles((file, done, all) -> {}, work.models()), settings.roots()),
            work.runs(),
            RunTable.of(database),
            new JournalPlans(journal),
            artifacts::has,
            http.timeout());
    StoreRoom room = StoreRoom.of(settings, work, launch);
    Executor blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
    HttpApi api =
        new HttpApi(
            service,
            new EventFeed(journal, () -> chatter(system)),
            Metrics.of(system),
            new DiskRoutes(system, coordinator, Node.housekeeping(system)),
            settings.tokens().map(file -> new Tokens(file, InstantSource.system())),
            settings
                .exchange(launch)
                .store()
                .map(store -> artifacts(system, settings, work, store, room))
                .orElseGet(() -> shared(system, settings, work, room)),
            new PeopleRoutes(
                journal, new ClusterLogs(system), new NodesOfCluster(system, database), blocking),
            settings.allowedHosts(),
            blocking,
            http.mostBytes());
    ServerBinding binding;
    Optional<Tls> tls = settings.tls();
    ServerBuilder server = Http.get(system).newServerAt(http.host(), http.port());
    if (tls.isPresent()) {
      server = server.enableHttps(ConnectionContext.httpsServer(tls.get().server()));
    }
    try {
      binding = server.bind(api.routes()).toCompletableFuture().join();
    } catch (CompletionException e) {
      throw new InputException(
          "the API can't listen on " + http.host() + ":" + http.port() + "; set secateur.http.port",
          e);
    }
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseServiceUnbind(),
            "http-unbind",
            () -> binding.terminate(FAREWELL).thenApply(ended -> Done.getInstance()));
    return (tls.isPresent() ? "https://" : "http://")
        + http.host()
        + ":"
        + binding.localAddress().getPort();
  }

  /** A warning for the node's operator if workers may not reach it. */
  public static Optional<String> warning(NodeSettings settings, Node.Launch launch) {
    return settings
        .exchange(launch)
        .store()
        .filter(store -> Exposure.hidesStore(settings))
        .map(
            store ->
                "workers on other machines can't send artifacts to "
                    + store.url()
                    + "; set secateur.http.host, or secateur.artifacts.shared");
  }

  private static ArtifactRoutes artifacts(
      ActorSystem<?> system,
      NodeSettings settings,
      WorkFolder work,
      StoreAccess store,
      StoreRoom room) {
    AtomicReference<List<StoreAccess>> others = new AtomicReference<>(List.of());
    Optional<ArtifactTable> table = Optional.empty();
    Database database = Database.of(settings, work);
    if (database.isPostgreSql()) {
      system.systemActorOf(StorePeers.create(store, others), "store-peers", Props.empty());
      table = Optional.of(new ArtifactTable(database));
    }
    markAsStore(work.artifacts());
    return new ArtifactRoutes(
        new CoordinatorArtifacts(
            new ArtifactStore(work.artifacts()),
            table,
            others::get,
            NodeHttp.client(settings),
            room),
        Keepers.of(system, store),
        store.pass(),
        system.dispatchers().lookup(DispatcherSelector.blocking()),
        settings.mostArtifactBytes());
  }

  /** Workers of the same work folder then leave it as it is, whatever the size of their cache. */
  private static void markAsStore(Path artifacts) {
    try {
      Files.createDirectories(artifacts);
      Files.writeString(artifacts.resolve(CacheLimit.STORE), "a coordinator's own store\n");
    } catch (IOException e) {
      throw new UncheckedIOException(artifacts + ": can't be written to", e);
    }
  }

  /** Of a folder that all nodes share; nobody has the pass that would let him write to it. */
  private static ArtifactRoutes shared(
      ActorSystem<?> system, NodeSettings settings, WorkFolder work, StoreRoom room) {
    return new ArtifactRoutes(
        CoordinatorArtifacts.shared(
            new ArtifactStore(settings.artifacts(work)), NodeHttp.client(settings), room),
        ArtifactKeepers.NONE,
        UUID.randomUUID().toString(),
        system.dispatchers().lookup(DispatcherSelector.blocking()),
        settings.mostArtifactBytes());
  }

  /** What this node's event stream says from now on; the oldest is dropped where nobody listens. */
  private static Source<Object, NotUsed> chatter(ActorSystem<?> system) {
    return ActorSource.<Object>actorRef(
            message -> false, message -> Optional.empty(), CHATTER, OverflowStrategy.dropHead())
        .mapMaterializedValue(
            listener -> {
              system
                  .eventStream()
                  .tell(new EventStream.Subscribe<>(ProgressEvent.class, listener.narrow()));
              system
                  .eventStream()
                  .tell(new EventStream.Subscribe<>(Notice.class, listener.narrow()));
              return NotUsed.getInstance();
            });
  }
}
