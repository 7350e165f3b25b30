package dev.secateur.actors.cli;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import dev.secateur.actors.events.EventLog;
import dev.secateur.actors.events.LogKeeper;
import dev.secateur.actors.events.NodeLog;
import dev.secateur.actors.events.Stamp;
import dev.secateur.actors.leadership.Leadership;
import dev.secateur.actors.node.HostBudget;
import dev.secateur.actors.node.HttpServer;
import dev.secateur.actors.node.JoinProbe;
import dev.secateur.actors.node.JoinWatch;
import dev.secateur.actors.node.LogClaims;
import dev.secateur.actors.node.Node;
import dev.secateur.actors.node.NodeEnd;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.Seed;
import dev.secateur.actors.node.Starter;
import dev.secateur.actors.node.TerminationReason;
import dev.secateur.actors.node.WorkFolder;
import dev.secateur.actors.node.WorkerSupervisor;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Devices;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur node}: a node of a cluster, until it is ended. */
@Command(
    name = "node",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a node and joins it to a cluster; it leaves on SIGTERM or Ctrl-C.",
      "Artifacts are transferred by the coordinator's API, or by a folder that all nodes"
          + " share (secateur.artifacts.shared)."
    })
final class NodeCommand implements Callable<Integer> {
  @Option(
      names = "--role",
      paramLabel = "ROLE",
      split = ",",
      required = true,
      description = "coordinator, gpu-worker, or both.")
  private List<String> roles;

  @Option(
      names = "--seed",
      paramLabel = "HOST:PORT",
      split = ",",
      description =
          "For a worker node: coordinators of the cluster to join; some of them may be down."
              + " Coordinators need no seeds: those that share a journal find each other there.")
  private List<String> seeds = List.of();

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Address to listen on (default: 127.0.0.1).")
  private String host;

  @Option(names = "--port", paramLabel = "PORT", description = "Port to listen on (default: any).")
  private Integer port;

  @Option(
      names = "--devices",
      paramLabel = "NAMES",
      description =
          "cpu, cuda:0,cuda:1, or auto: each device gets a worker process, which this process"
              + " starts and supervises (default: --device).")
  private String devices;

  @Option(names = "--as", hidden = true, description = "The name of a child's worker.")
  private String name;

  @Option(names = "--host-share", hidden = true, description = "Bytes of the host for a child.")
  private Long hostShare;

  @Option(names = "--sharers", hidden = true, description = "Workers on a child's device.")
  private Integer sharers;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description = "Port of the coordinator's API (default: 7420).")
  private Integer httpPort;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Workers inside the coordinator's process (default: ${DEFAULT-VALUE}).")
  private int workers = 1;

  private List<Seed> joins = List.of();

  @Mixin private WeightOptions weights;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    stampLines();
    joins = seeds.stream().map(Seed::of).toList();
    Set<String> wanted = new TreeSet<>(roles);
    if (!Set.of(Node.COORDINATOR, Node.GPU_WORKER).containsAll(wanted)) {
      throw new InputException(
          "--role is " + wanted + "; roles are " + Node.COORDINATOR + " and " + Node.GPU_WORKER);
    }
    NodeSettings settings = weights.over(node.settings()).with(own());
    if (wanted.contains(Node.GPU_WORKER)) {
      checkWorkers(settings);
    }
    if (name != null) {
      return inThisProcess(settings, wanted, 1, Optional.of(name));
    } else if (!wanted.contains(Node.COORDINATOR)) {
      WorkerSupervisor parent = parent(seeds, false);
      node.work(settings);
      parent.start(shares(settings), settings.host());
      return parent.join();
    }
    return inThisProcess(settings, wanted, workers, Optional.empty());
  }

  /** Whatever this node prints on stderr from now on has the time before it. */
  private void stampLines() {
    CommandLine all = spec.root().commandLine();
    PrintWriter talk = Stamp.before(all.getErr(), InstantSource.system());
    all.setErr(talk);
    if (Thread.getDefaultUncaughtExceptionHandler() != null) {
      Thread.setDefaultUncaughtExceptionHandler(
          (thread, failure) -> say("secateur: " + FailureText.of(failure)));
    }
  }

  private List<String> devices(NodeSettings settings) {
    String named = named(settings);
    return named.equals("auto") ? Devices.all() : List.of(named.split(","));
  }

  private List<HostBudget.Share> shares(NodeSettings settings) {
    return settings.hostBudget().shares(devices(settings));
  }

  private String named(NodeSettings settings) {
    return devices == null ? settings.device() : devices;
  }

  private void checkWorkers(NodeSettings settings) {
    settings.allowance(workers);
    String named = named(settings);
    for (String each : named.split(",", -1)) {
      if (!named.equals("auto") && !Devices.isOne(each)) {
        throw new InputException(
            "--devices has '" + each + "'; devices are cpu, cuda:0, cuda:1 and so on, or auto");
      }
    }
  }

  /** A parent of worker processes that join these nodes. */
  private WorkerSupervisor parent(List<String> nodes, boolean own) {
    return new WorkerSupervisor(ofWorkers(nodes), spec.commandLine().getErr(), own);
  }

  /** The command that a worker's process is, but for its device and name. */
  List<String> ofWorkers(List<String> nodes) {
    List<String> arguments = new ArrayList<>(List.of(Main.class.getName(), "node"));
    arguments.addAll(List.of("--role", Node.GPU_WORKER, "--seed", String.join(",", nodes)));
    if (host != null) {
      arguments.addAll(List.of("--host", host));
    }
    if (Main.isDebug(spec)) {
      arguments.add("--debug");
    }
    arguments.addAll(node.arguments());
    arguments.addAll(weights.arguments());
    return arguments;
  }

  /**
   * @param child the name of the worker of a process that a parent starts again
   */
  private int inThisProcess(
      NodeSettings settings, Set<String> wanted, int count, Optional<String> child)
      throws Exception {
    child.ifPresent(unused -> endWithParent());
    NodeLog log = NodeLog.begin(Main.isDebug(spec));
    WorkFolder work = node.work(settings);
    boolean coordinates = wanted.contains(Node.COORDINATOR);
    boolean apart = coordinates && devices != null && wanted.contains(Node.GPU_WORKER);
    Set<String> own = apart ? Set.of(Node.COORDINATOR) : wanted;
    Joining joining = new Joining(settings);
    Starter starter =
        child
            .<Starter>map(worker -> new Starter.Parent(worker, joining))
            .orElseGet(() -> new Starter.Operator(joining));
    Node.Launch launch = new Node.Launch(own, joins, count, starter);
    String role = coordinates ? Node.COORDINATOR : Node.GPU_WORKER;
    ActorSystem<Node.Command> system;
    try (LogClaims.Claim claim = new LogClaims(work.logs()).claim(LogClaims.name(role, child))) {
      try {
        system = begin(settings, work, launch, joining, log, claim.file());
      } catch (Throwable failure) {
        log.hush(); // what else is said follows from it
        throw failure;
      }
      if (apart) {
        parent(List.of(system.address().hostPort().replaceFirst("^.*@", "")), true)
            .start(shares(settings), settings.host());
      }
      system.getWhenTerminated().toCompletableFuture().join();
    }
    return tell(TerminationReason.of(system), joining, child.isPresent());
  }

  private int tell(TerminationReason reason, Joining joining, boolean isChild) {
    if (reason.kind() == TerminationReason.Kind.NOT_JOINED) {
      say("secateur: " + joining.failure());
    }
    if (isChild) {
      return reason.kind() == TerminationReason.Kind.NOT_JOINED ? Node.NOT_JOINED : Node.JOINS_ANEW;
    }
    return reason.kind() == TerminationReason.Kind.IN_ORDER ? 0 : Main.FAILURE;
  }

  private ActorSystem<Node.Command> begin(
      NodeSettings settings,
      WorkFolder work,
      Node.Launch launch,
      Joining joining,
      NodeLog nodeLog,
      Path log)
      throws IOException {
    ActorSystem<Node.Command> system = Node.start(settings, work, launch);
    NodeEnd.watch(system, this::say);
    system
        .systemActorOf(EventLog.create(), "event-log", Props.empty())
        .tell(new EventLog.Open(log, settings.rotation(), nodeLog));
    system.systemActorOf(
        LogKeeper.create(log, settings.rotation(), launch.child()), "log-keeper", Props.empty());
    boolean coordinates = launch.roles().contains(Node.COORDINATOR);
    boolean waits = !coordinates && !launch.seeds().isEmpty();
    say(
        "node "
            + system.address().hostPort()
            + (waits ? " joins the cluster at " + launch.seeds() : " is up")
            + ", roles "
            + launch.roles());
    say("event log: " + log);
    joining.of(system);
    if (waits) {
      joining.joins(seeds);
    }
    if (coordinates) {
      if (!seeds.isEmpty()) {
        say(
            "--seed is only for worker nodes: coordinators find each other by the journal"
                + " that they share; remove it");
      }
      String address = HttpServer.start(system, settings, work, launch, Node.coordinator(system));
      say("API: " + address + " (secateur submit, list, status, ...)");
      HttpServer.warning(settings, launch).ifPresent(this::say);
    }
    return system;
  }

  private synchronized void say(String line) {
    PrintWriter talk = spec.commandLine().getErr();
    talk.println(line);
    talk.flush();
  }

  /** Tells how this node gets on with joining its cluster. */
  private final class Joining implements Leadership.Listener {
    private final NodeSettings settings;
    private final CompletableFuture<ActorSystem<?>> system = new CompletableFuture<>();
    private final AtomicReference<JoinProbe> probe;

    private Joining(NodeSettings settings) {
      this.settings = settings;
      this.probe = new AtomicReference<>(JoinProbe.of(List.of(), settings));
    }

    /** There is a system now. */
    private void of(ActorSystem<?> started) {
      system.complete(started);
    }

    @Override
    public void joins(List<String> addresses) {
      boolean first = probe.get().seeds().isEmpty();
      probe.set(JoinProbe.of(addresses.stream().map(Seed::of).toList(), settings));
      if (first) {
        system.thenAccept(
            started ->
                started.systemActorOf(
                    JoinWatch.create(probe::get, NodeCommand.this::say),
                    "join-watch",
                    Props.empty()));
      }
    }

    @Override
    public void says(String line) {
      say(line);
    }

    private String failure() {
      return "no cluster accepted this node within "
          + settings.joinTimeout().toSeconds()
          + " s: "
          + probe.get().findings().text();
    }
  }

  /** A parent holds this process' input open; when it is gone, so is this process. */
  private static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // nothing is ever said
                }
              } catch (IOException e) {
                // the same
              }
              System.exit(0);
            },
            "watch-parent");
    watch.setDaemon(true);
    watch.start();
  }

  /** What the command line says of this node beside its options of every command. */
  private Map<String, Object> own() {
    Map<String, Object> own = new HashMap<>();
    if (httpPort != null) {
      own.put("secateur.http.port", httpPort);
    }
    if (host != null) {
      own.put("akka.remote.artery.canonical.hostname", host);
    }
    if (hostShare != null) {
      own.put(NodeSettings.HOST_MEMORY, hostShare);
    }
    if (sharers != null) {
      own.put(NodeSettings.SHARERS, sharers);
    }
    if (port != null) {
      own.put("akka.remote.artery.canonical.port", port);
    }
    return own;
  }
}
