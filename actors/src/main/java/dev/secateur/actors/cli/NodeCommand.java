package dev.secateur.actors.cli;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import dev.secateur.actors.events.EventLog;
import dev.secateur.actors.node.HttpServer;
import dev.secateur.actors.node.Node;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.WorkFolder;
import dev.secateur.protocol.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
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
      "All nodes of a cluster use the same work folder."
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
      description = "Nodes of the cluster to join; without, the node is a cluster of its own.")
  private List<String> seeds = List.of();

  @Option(names = "--host", description = "The address to listen on (default: 127.0.0.1).")
  private String host;

  @Option(names = "--port", description = "The port to listen on (default: any).")
  private Integer port;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description = "Where a coordinator serves its API (default: 7420).")
  private Integer httpPort;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Workers (default: ${DEFAULT-VALUE}).")
  private int workers = 1;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Set<String> wanted = new TreeSet<>(roles);
    if (!Set.of(Node.COORDINATOR, Node.GPU_WORKER).containsAll(wanted)) {
      throw new InputException(
          "--role is " + wanted + "; roles are " + Node.COORDINATOR + " and " + Node.GPU_WORKER);
    }
    NodeSettings settings = node.settings().with(address());
    WorkFolder work = node.work(settings);
    boolean coordinates = wanted.contains(Node.COORDINATOR);
    ActorSystem<Node.Command> system =
        Node.start(settings, work, new Node.Launch(wanted, seeds, workers));
    Path log =
        work.root().resolve("logs").resolve("node-" + system.address().getPort().get() + ".jsonl");
    Files.createDirectories(log.getParent());
    system
        .systemActorOf(EventLog.create(List.of()), "event-log", Props.empty())
        .tell(new EventLog.Open(log));
    spec.commandLine()
        .getErr()
        .println("node " + system.address().hostPort() + " is up, roles " + wanted);
    spec.commandLine().getErr().println("event log: " + log);
    if (coordinates) {
      String address = HttpServer.start(system, settings, work, Node.coordinator(system));
      spec.commandLine()
          .getErr()
          .println("API: " + address + " (secateur submit, list, status, ...)");
    }
    system.getWhenTerminated().toCompletableFuture().join();
    return 0;
  }

  private Map<String, Object> address() {
    Map<String, Object> address = new HashMap<>();
    if (httpPort != null) {
      address.put("secateur.http.port", httpPort);
    }
    if (host != null) {
      address.put("akka.remote.artery.canonical.hostname", host);
    }
    if (port != null) {
      address.put("akka.remote.artery.canonical.port", port);
    }
    return address;
  }
}
