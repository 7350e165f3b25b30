package dev.secateur.actors.soak;

import static org.awaitility.Awaitility.await;

import dev.secateur.actors.cli.Cli;
import dev.secateur.actors.cli.TcpProxy;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Three coordinators on one PostgreSQL and three workers, with TLS and a token; each node has a
 * work folder and a TCP proxy of its own, and a supervisor that starts it again.
 */
final class SoakCluster implements AutoCloseable {
  static final int COORDINATORS = 3;
  static final int WORKERS = 3;

  private static final Duration LONG = Duration.ofMinutes(3);

  /** The system picks no port of an outgoing connection from below. */
  private static final int FIRST_EPHEMERAL = 32_768;

  private static final int FIRST_PORT = 20_000;

  private final Path folder;
  private final Random random = new Random();
  private final int databasePort;
  private final String token;
  private final List<TcpProxy> proxies = new ArrayList<>();
  private final List<SupervisedNode> nodes = new ArrayList<>();
  private final SoakApi api;
  private final Reigns reigns;
  private EmbeddedPostgres database;

  private SoakCluster(Path folder) throws Exception {
    this.folder = folder;
    this.databasePort = freePort();
    Cli.here("certs", "init", certificates().toString(), "127.0.0.1");
    token = Cli.here("token", tokens().toString()).out().strip();
    startDatabase();
    List<Integer> httpPorts = new ArrayList<>();
    for (int node = 0; node < COORDINATORS + WORKERS; node++) {
      int real = freePort();
      proxies.add(new TcpProxy(real));
      Files.writeString(
          folder.resolve("node-" + node + ".conf"),
          "akka.remote.artery { canonical.port = %d, bind.port = %d }\n"
              .formatted(proxies.get(node).port(), real));
    }
    for (int node = 0; node < COORDINATORS; node++) {
      httpPorts.add(freePort());
    }
    api = new SoakApi(httpPorts, certificates().resolve("ca.crt"), token);
    reigns = new Reigns(IntStream.range(0, COORDINATORS).mapToObj(this::eventLog).toList());
    for (int i = 0; i < COORDINATORS; i++) {
      int node = i;
      String port = "" + httpPorts.get(node);
      nodes.add(
          new SupervisedNode("coordinator " + (node + 1), () -> start(node, coordinator(port))));
    }
    for (int i = 0; i < WORKERS; i++) {
      int node = COORDINATORS + i;
      nodes.add(new SupervisedNode("worker " + (i + 1), () -> start(node, worker())));
    }
  }

  /** A cluster in which all workers are at hand. */
  static SoakCluster start(Path folder) throws Exception {
    SoakCluster cluster = new SoakCluster(folder);
    try {
      await("three coordinators and workers")
          .atMost(LONG)
          .pollInterval(Duration.ofSeconds(1))
          .until(cluster::isWhole);
    } catch (RuntimeException e) {
      String said = cluster.said();
      cluster.close();
      throw new IllegalStateException("the cluster did not form:" + said, e);
    }
    return cluster;
  }

  private String said() throws IOException {
    StringBuilder said = new StringBuilder();
    lives().forEach(life -> said.append("\n").append(life));
    for (SupervisedNode node : nodes) {
      said.append("\n").append(node.name()).append(": ").append(node.output());
      node.failure().ifPresent(said::append);
    }
    return said.toString();
  }

  private boolean isWhole() throws IOException {
    boolean all = IntStream.range(0, COORDINATORS).allMatch(node -> api.serves(List.of(node)));
    return all && api.get("/api/v1/workers").filter(list -> list.size() == WORKERS).isPresent();
  }

  private Path certificates() {
    return folder.resolve("certificates");
  }

  private Path tokens() {
    return folder.resolve("tokens");
  }

  private Path work(int node) {
    return folder.resolve("work-" + node);
  }

  private Path eventLog(int node) {
    return work(node).resolve("logs/node-coordinator.jsonl");
  }

  private int freePort() throws IOException {
    while (true) {
      int port = FIRST_PORT + random.nextInt(FIRST_EPHEMERAL - FIRST_PORT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // another
      }
    }
  }

  private String seeds() {
    return proxies.subList(0, COORDINATORS).stream()
        .map(proxy -> "127.0.0.1:" + proxy.port())
        .collect(Collectors.joining(","));
  }

  private Stream<String> coordinator(String httpPort) {
    return Stream.of("--role", "coordinator", "--http-port", httpPort);
  }

  private Stream<String> worker() {
    return Stream.of("--role", "gpu-worker", "--devices", "cpu", "--seed", seeds());
  }

  private Cli.Running start(int node, Stream<String> role) throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("SECATEUR_TLS_FOLDER", certificates().resolve("127.0.0.1").toString());
    environment.put("SECATEUR_COORDINATOR_LEASE", "20s");
    if (node < COORDINATORS) {
      environment.put("SECATEUR_HTTP_TOKENS", tokens().toString());
      environment.put(
          "SECATEUR_JOURNAL_URL", "jdbc:postgresql://127.0.0.1:" + databasePort + "/postgres");
      environment.put("SECATEUR_JOURNAL_USER", "postgres");
      environment.put("SECATEUR_JOURNAL_PASSWORD", "postgres");
    }
    Stream<String> common =
        Stream.of(
            "--config",
            folder.resolve("node-" + node + ".conf").toString(),
            "--work",
            work(node).toString());
    return new Cli(folder, environment)
        .start(
            Stream.of(Stream.of("node"), role, common)
                .flatMap(part -> part)
                .toArray(String[]::new));
  }

  SoakApi api() {
    return api;
  }

  List<Reigns.Reign> reigns() throws IOException {
    return reigns.all();
  }

  /** All nodes, coordinators first. */
  List<SupervisedNode> nodes() {
    return nodes;
  }

  List<SupervisedNode> coordinators() {
    return nodes.subList(0, COORDINATORS);
  }

  List<SupervisedNode> workers() {
    return nodes.subList(COORDINATORS, nodes.size());
  }

  /** Every process that has ended so far. */
  List<SupervisedNode.Life> lives() {
    return nodes.stream().flatMap(node -> node.lives().stream()).toList();
  }

  TcpProxy proxy(int node) {
    return proxies.get(node);
  }

  /** The coordinator that is active now, if one is. */
  Optional<SupervisedNode> active() throws IOException {
    Optional<Reigns.Reign> newest = Optional.empty();
    for (int node = 0; node < COORDINATORS; node++) {
      Optional<Reigns.Reign> reign = reigns.newestOf(node);
      SupervisedNode coordinator = nodes.get(node);
      if (reign.isPresent()
          && reign.get().end().isEmpty()
          && coordinator.isUp()
          && reign.get().start().isAfter(coordinator.start())
          && newest.filter(other -> other.start().isAfter(reign.get().start())).isEmpty()) {
        newest = reign;
      }
    }
    return newest.map(reign -> nodes.get(reign.node()));
  }

  /** Starts PostgreSQL, on the port and folder that it had. */
  void startDatabase() throws IOException {
    database =
        EmbeddedPostgres.builder()
            .setPort(databasePort)
            .setDataDirectory(folder.resolve("database"))
            .setCleanDataDirectory(false)
            .setPGStartupWait(Duration.ofMinutes(1))
            .start();
  }

  void stopDatabase() throws IOException {
    database.close();
  }

  @Override
  public void close() throws Exception {
    for (SupervisedNode node : nodes) {
      node.close();
    }
    for (TcpProxy proxy : proxies) {
      proxy.close();
    }
    database.close();
  }
}
