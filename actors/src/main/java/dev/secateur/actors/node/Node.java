package dev.secateur.actors.node;

import ai.djl.Device;
import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import dev.secateur.actors.events.ClusterNews;
import dev.secateur.actors.leadership.CoordinatorLink;
import dev.secateur.actors.leadership.EndedBecause;
import dev.secateur.actors.leadership.Leadership;
import dev.secateur.actors.leadership.RemovedNodes;
import dev.secateur.actors.leadership.SteadyClock;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.coordinator.Coordinator;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.coordinator.disk.Upkeep;
import dev.secateur.coordinator.report.Reporting;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.WorkerId;
import dev.secateur.stage.StageRunner;
import dev.secateur.tensor.Devices;
import dev.secateur.tensor.SelfTest;
import dev.secateur.worker.Worker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A node of the cluster: an actor system that starts the actors of its roles. */
public final class Node {
  /** What the guardian understands. */
  public sealed interface Command {}

  /** Tells where the coordinator is. */
  public record GetCoordinator(ActorRef<ActorRef<CoordinatorMessage>> replyTo) implements Command {}

  /** Tells what has this node's disk kept; nothing where it does not coordinate. */
  private record GetHousekeeping(ActorRef<Housekeeping> replyTo) implements Command {}

  /** Workers give up their tasks and leave; answered when all have. */
  public record StopWorkers(ActorRef<Stopped> replyTo) implements Command {}

  /** All workers have left. */
  public record Stopped() {}

  /** A part of the node without which it is none. */
  private record Broken(String part) implements Command {}

  private record WorkerStopped(ActorRef<Worker.Command> worker) implements Command {}

  /** What a node can be. */
  public static final String COORDINATOR = "coordinator";

  /** What a node can be. */
  public static final String GPU_WORKER = "gpu-worker";

  private static final String SYSTEM = "secateur";
  private static final Duration RESIGN_WITHIN = Duration.ofSeconds(10);
  private static final Duration LEAVE_WITHIN = Duration.ofSeconds(25);
  private static final String DISPATCHER = "secateur.device-dispatcher";

  /**
   * @param seeds nodes that a worker joins; coordinators find each other in the journal's database
   * @param workers how many workers in this process, each with a device thread of its own
   * @param pass what opens its store of artifacts to workers
   */
  public record Launch(
      Set<String> roles, List<Seed> seeds, int workers, Starter starter, StorePass pass) {
    /** With a new pass. */
    public Launch(Set<String> roles, List<Seed> seeds, int workers, Starter starter) {
      this(roles, seeds, workers, starter, StorePass.random());
    }

    /** Of a command that has a cluster to itself. */
    public Launch(Set<String> roles, List<Seed> seeds, int workers) {
      this(roles, seeds, workers, new Starter.OneCommand());
    }

    boolean coordinates() {
      return roles.contains(COORDINATOR);
    }

    /** Whether a command has the cluster to itself. */
    boolean isAlone() {
      return starter instanceof Starter.OneCommand;
    }

    /** The name of the one worker of a process that a parent starts again. */
    public Optional<String> child() {
      return starter instanceof Starter.Parent parent
          ? Optional.of(parent.worker())
          : Optional.empty();
    }
  }

  /** The exit code of a process whose device cannot be had back. */
  public static final int STUCK = 70;

  /** The exit code of a process whose GPU has failed. */
  public static final int DEVICE_LOST = 71;

  /** The exit code of a child that ended in order to join its cluster again. */
  public static final int JOINS_ANEW = 75;

  /** The exit code of a child that no cluster took up. */
  public static final int NOT_JOINED = 76;

  private final ActorContext<Command> context;
  private final ActorRef<CoordinatorMessage> coordinator;
  private final List<ActorRef<Worker.Command>> workers = new ArrayList<>();
  private final List<ActorRef<Stopped>> waiting = new ArrayList<>();
  private Housekeeping housekeeping = Housekeeping.NONE;

  private Node(ActorContext<Command> context, ActorRef<CoordinatorMessage> coordinator) {
    this.context = context;
    this.coordinator = coordinator;
  }

  /**
   * Checks the natives, opens the journal where the node may coordinate, and starts the actor
   * system.
   */
  public static ActorSystem<Command> start(NodeSettings given, WorkFolder work, Launch launch) {
    NodeSettings settings = given.tls().map(tls -> given.with(tls.settings())).orElse(given);
    Exposure.check(settings, launch.roles().contains(COORDINATOR));
    settings.disk().check(launch);
    settings.placement(); // refused before anything is started
    settings.exchange(launch); // likewise
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(settings.workerThreads()));
    Optional<Device> device = Optional.empty();
    if (launch.roles().contains(GPU_WORKER)) {
      settings.allowance(launch.workers()); // refused before anything is started
      device = Optional.of(Devices.named(settings.device()));
      SelfTest.run(device.get());
    }
    String holder = "secateur-" + UUID.randomUUID();
    Map<String, Object> overrides = new HashMap<>();
    overrides.put("akka.cluster.roles", List.copyOf(launch.roles()));
    overrides.put(
        DISPATCHER + ".thread-pool-executor.fixed-pool-size", Math.max(1, launch.workers()));
    if (launch.coordinates()) {
      Database database = Database.of(settings, work);
      JournalDatabase.checkShared(database, !launch.seeds().isEmpty());
      if (!launch.isAlone()) {
        JournalDatabase.await(database, settings.joinTimeout(), launch.starter().listener()::says);
      }
      JournalDatabase.prepare(database, work);
      overrides.putAll(JournalDatabase.settings(database, holder));
    } else {
      overrides.putAll(NodeSettings.SUSPECTS_NOBODY);
    }
    if (!launch.coordinates() && !launch.seeds().isEmpty()) {
      overrides.put(
          "akka.cluster.seed-nodes",
          launch.seeds().stream().map(seed -> "akka://" + SYSTEM + "@" + seed).toList());
    }
    ActorSystem<Command> system =
        ActorSystem.create(
            guardian(settings, work, launch, device, holder),
            SYSTEM,
            settings.with(overrides).config());
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind(),
            "workers-leave",
            () ->
                AskPattern.<Command, Stopped>ask(
                        system, StopWorkers::new, LEAVE_WITHIN, system.scheduler())
                    .thenApply(stopped -> Done.getInstance()));
    return system;
  }

  /**
   * Where the coordinator is, from this node.
   *
   * @throws IllegalStateException when the node has ended
   */
  public static ActorRef<CoordinatorMessage> coordinator(ActorSystem<Command> system) {
    return NodeResponses.of(system, GetCoordinator::new);
  }

  /** What keeps this node's disk; the same for its coordinator and its API. */
  static Housekeeping housekeeping(ActorSystem<Command> system) {
    return NodeResponses.of(system, GetHousekeeping::new);
  }

  private static Behavior<Command> guardian(
      NodeSettings settings,
      WorkFolder work,
      Launch launch,
      Optional<Device> device,
      String holder) {
    return Behaviors.setup(
        context -> {
          ActorRef<CoordinatorMessage> link =
              context.spawn(
                  CoordinatorLink.create(way(settings, launch), new SteadyClock()),
                  "coordinator-link");
          context.watchWith(link, new Broken("link to coordinators"));
          Node node = new Node(context, link);
          context.spawn(ClusterNews.create(), "cluster-news");
          if (launch.coordinates()) {
            context.spawn(JournalWatch.create(), "journal-watch");
            context.spawn(RemovedNodes.create(link), "removed-nodes");
            node.startLeadership(settings, work, launch, holder);
          }
          if (device.isPresent()) {
            ArtifactStore store = new ArtifactStore(settings.artifacts(work));
            if (settings.sharedArtifacts().isEmpty()) {
              context.spawn(
                  Keeper.create(node.name(launch, 0), store, NodeHttp.client(settings)), "keeper");
            }
            context.spawn(
                LeftoverKeeper.create(
                    node.name(launch, 0),
                    new Leftovers(settings.artifacts(work), new LogClaims(work.logs()))),
                "leftover-keeper");
            for (int index = 0; index < launch.workers(); index++) {
              StageArtifacts artifacts =
                  new StageArtifacts(
                      store,
                      NodeHttp.client(settings),
                      settings.patience(),
                      settings.placement(),
                      settings.disk().cache(launch));
              StageRunner runner =
                  new StageRunner(
                      artifacts,
                      work.models(),
                      device.get(),
                      settings.allowance(launch.workers()),
                      settings.disk().room(work, launch));
              node.startWorker(settings, runner, launch, index);
            }
          }
          return node.behavior();
        });
  }

  /** A coordinator node hears from itself; one that only works ends when it hears from nobody. */
  private static CoordinatorLink.Way way(NodeSettings settings, Launch launch) {
    return new CoordinatorLink.Way(
        COORDINATOR,
        launch.seeds().stream().map(Seed::toString).toList(),
        launch.coordinates() ? CoordinatorLink.Way.FOREVER : settings.clusterPatience());
  }

  private void startLeadership(
      NodeSettings settings, WorkFolder work, Launch launch, String holder) {
    ActorSystem<?> system = context.getSystem();
    Database database = Database.of(settings, work);
    StoredJournal journal = new StoredJournal(system, database);
    WorkerFolders folders =
        settings.sharedArtifacts().isEmpty() ? KeeperFolders.of(system) : WorkerFolders.NONE;
    housekeeping =
        new NodeHousekeeping(
            settings,
            work,
            database,
            journal,
            folders,
            LeftoverFolders.of(system),
            StoreRoom.of(settings, work, launch),
            InstantSource.system());
    Behavior<CoordinatorMessage> active =
        Behaviors.supervise(
                Coordinator.create(
                    settings.coordinatorTiming(),
                    settings.exchange(launch),
                    new Reporting(
                        RunTable.of(database),
                        journal,
                        StoredFiles.of(settings, work, launch, database)),
                    new Upkeep(housekeeping, settings.disk().retention(), settings.disk().every()),
                    InstantSource.system(),
                    CodeVersion.CURRENT))
            .onFailure(SupervisorStrategy.restart());
    Leadership.Part part =
        new Leadership.Part(
            JournalDatabase.lease(database, holder, system, settings.journalLease()),
            !launch.isAlone(),
            settings.stableAfter(),
            active);
    ActorRef<Leadership.Command> leadership =
        context.spawn(
            Leadership.create(part, coordinator, launch.starter().listener(), new SteadyClock()),
            Leadership.NAME);
    context.watchWith(leadership, new Broken("part in who coordinates"));
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseServiceUnbind(),
            "leave-journal",
            () ->
                Leadership.resign(system, leadership, RESIGN_WITHIN)
                    .thenApply(resigned -> Done.getInstance()));
  }

  private String name(Launch launch, int index) {
    return launch.child().orElseGet(() -> place() + "/" + (index + 1));
  }

  private void startWorker(NodeSettings settings, StageRunner runner, Launch launch, int index) {
    WorkerId id = new WorkerId(name(launch, index), UUID.randomUUID().toString());
    // Only a process that is started again may end itself.
    Worker.Surroundings process =
        launch.child().isPresent() ? new ChildProcess() : new Worker.Surroundings() {};
    ActorRef<Worker.Command> worker =
        context.spawn(
            Worker.create(id, process, runner, coordinator, settings.workerTiming(), DISPATCHER),
            "worker-" + (index + 1));
    context.watchWith(worker, new WorkerStopped(worker));
    workers.add(worker);
  }

  private String place() {
    Member self = Cluster.get(context.getSystem()).selfMember();
    return self.hasRole(COORDINATOR) ? "local" : self.address().hostPort().replaceFirst("^.*@", "");
  }

  private Behavior<Command> behavior() {
    return Behaviors.receive(Command.class)
        .onMessage(
            GetCoordinator.class,
            get -> {
              get.replyTo().tell(coordinator);
              return Behaviors.same();
            })
        .onMessage(
            GetHousekeeping.class,
            get -> {
              get.replyTo().tell(housekeeping);
              return Behaviors.same();
            })
        .onMessage(StopWorkers.class, this::stopWorkers)
        .onMessage(WorkerStopped.class, this::workerStopped)
        .onMessage(Broken.class, this::broken)
        .build();
  }

  private Behavior<Command> broken(Broken broken) {
    EndedBecause.end(context.getSystem(), "its " + broken.part() + " has failed; its log says how");
    return Behaviors.same();
  }

  private Behavior<Command> stopWorkers(StopWorkers stop) {
    waiting.add(stop.replyTo());
    workers.forEach(worker -> worker.tell(new Worker.Stop()));
    return tellWhenStopped();
  }

  private Behavior<Command> workerStopped(WorkerStopped stopped) {
    workers.remove(stopped.worker());
    return tellWhenStopped();
  }

  private Behavior<Command> tellWhenStopped() {
    if (workers.isEmpty()) {
      waiting.forEach(who -> who.tell(new Stopped()));
      waiting.clear();
    }
    return Behaviors.same();
  }
}
