package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three coordinators on one PostgreSQL, of which the active one is killed, and the database too,
 * and all of which are started again in turn. Each node has a work folder of its own.
 */
class FailoverIT {
  private static final Duration LONG = Duration.ofMinutes(2);

  private static final String SWEEP =
      """
      name = failover
      models = [demo], ratios = [0.25], criteria = [l2]
      recovery { template = plain, steps = 300, batch = 4, micro-batch = 4, warmup = 2, cutoff = 48 }
      evaluation { window = 64, windows = 10, generate { prompts = ["a dog"], max-tokens = 4 } }
      """;

  @TempDir static Path undisturbedFolder;
  private static JsonNode undisturbed;

  @TempDir Path folder;
  private EmbeddedPostgres database;
  private final List<Integer> ports = new ArrayList<>();
  private final List<Integer> httpPorts = new ArrayList<>();
  private final List<Cli.Running> coordinators = new ArrayList<>();
  private Cli.Running worker;
  private int databasePort;

  @BeforeAll
  static void runTheSweepUndisturbed() throws Exception {
    Path sweep = Files.writeString(undisturbedFolder.resolve("sweep.conf"), SWEEP);
    Cli.Result result =
        new Cli(undisturbedFolder)
            .run(
                "run",
                sweep.toString(),
                "--work",
                undisturbedFolder.resolve("work").toString(),
                "--json");
    assertThat(result.code()).as(result.err()).isZero();
    undisturbed = perplexities(result.out());
  }

  private static JsonNode perplexities(String results) throws IOException {
    JsonNode trial = Json.MAPPER.readTree(results).get("trials").get(0);
    return Json.MAPPER
        .createArrayNode()
        .add(trial.get("perplexity_before"))
        .add(trial.get("perplexity_pruned"))
        .add(trial.get("perplexity_recovered"));
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private EmbeddedPostgres startDatabase() throws IOException {
    return EmbeddedPostgres.builder()
        .setPort(databasePort)
        .setDataDirectory(folder.resolve("database"))
        .setCleanDataDirectory(false)
        .start();
  }

  @BeforeEach
  void start() throws Exception {
    databasePort = freePort();
    database = startDatabase();
    Files.writeString(
        folder.resolve("node.conf"),
        """
        akka.cluster.failure-detector.acceptable-heartbeat-pause = 5s
        secateur.cluster.stable-after = 5s
        """);
    for (int i = 0; i < 3; i++) {
      ports.add(freePort());
      httpPorts.add(freePort());
    }
    for (int i = 0; i < 3; i++) {
      coordinators.add(startCoordinator(i));
    }
    worker = startWorker();
  }

  private Cli.Running startWorker() throws IOException {
    return cli(3)
        .start(
            "node",
            "--role",
            "gpu-worker",
            "--devices",
            "cpu",
            "--seed",
            seeds(),
            "--config",
            folder.resolve("node.conf").toString());
  }

  private Cli cli(int node) {
    Map<String, String> environment = new HashMap<>();
    String url = "http://127.0.0.1:" + httpPorts.get(node % 3);
    environment.put("SECATEUR_URL", url);
    environment.put("SECATEUR_WORK", folder.resolve("work-" + node).toString());
    environment.put(
        "SECATEUR_JOURNAL_URL", "jdbc:postgresql://127.0.0.1:" + databasePort + "/postgres");
    environment.put("SECATEUR_JOURNAL_USER", "postgres");
    environment.put("SECATEUR_JOURNAL_PASSWORD", "postgres");
    return new Cli(folder, environment).clientsWith("--url", url);
  }

  /** The addresses of all, any of which may be away. */
  private String seeds() {
    return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
  }

  private Cli.Running startCoordinator(int node) throws Exception {
    Cli.Running started =
        cli(node)
            .start(
                "node",
                "--role",
                "coordinator",
                "--port",
                "" + ports.get(node),
                "--http-port",
                "" + httpPorts.get(node),
                "--config",
                folder.resolve("node.conf").toString());
    await()
        .atMost(LONG)
        .until(
            () -> {
              assertThat(started.process().isAlive()).as(Files.readString(started.err())).isTrue();
              return Files.readString(started.err()).contains("API: ");
            });
    return started;
  }

  @AfterEach
  void stop() throws Exception {
    worker.signal("KILL");
    for (Cli.Running coordinator : coordinators) {
      coordinator.signal("KILL");
      coordinator.process().waitFor();
    }
    worker.process().waitFor();
    database.close();
  }

  private void awaitRecovery() {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> cli(1).run("workers").out().contains("recovery of "));
  }

  /**
   * As a service manager does: who could not renew its lease while the database was away may end.
   */
  private Cli.Result awaitWhileTheEndedAreStartedAgain(Cli.Running submitted) throws Exception {
    await()
        .atMost(Duration.ofMinutes(8))
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              for (int node = 0; node < coordinators.size(); node++) {
                if (!coordinators.get(node).process().isAlive()) {
                  coordinators.set(node, startCoordinator(node));
                }
              }
              return !submitted.process().isAlive();
            });
    return submitted.await();
  }

  private void assertRecordedOnce() throws Exception {
    Set<String> done = new TreeSet<>();
    for (String line : cli(1).run("events", "--json").out().lines().toList()) {
      JsonNode event = Json.MAPPER.readTree(line);
      if (event.get("event").asText().equals("stage-completed")) {
        assertThat(done.add(event.get("stage").asText())).as("recorded once: " + line).isTrue();
      }
    }
    assertThat(done).hasSizeGreaterThanOrEqualTo(6);
  }

  @Test
  void anotherCoordinatorTakesOverAndADatabaseThatStoppedIsWaitedFor() throws Exception {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), SWEEP);
    Cli.Running submitted = cli(1).start("submit", sweep.toString(), "--wait", "--json");
    awaitRecovery();
    coordinators.get(0).signal("KILL");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> cli(1).run("list", "--json").code() == 0);

    database.close();
    await("a database that stays away")
        .during(Duration.ofSeconds(30))
        .atMost(LONG)
        .until(() -> !answers(databasePort));
    database = startDatabase();

    Cli.Result result = awaitWhileTheEndedAreStartedAgain(submitted);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(perplexities(result.out())).isEqualTo(undisturbed);
    assertRecordedOnce();
  }

  @Test
  void allNodesAreStartedAgainOneByOneDuringASweep() throws Exception {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), SWEEP);
    Cli.Running submitted = cli(2).start("submit", sweep.toString(), "--wait", "--json");
    awaitRecovery();
    for (int node = 0; node < 3; node++) {
      coordinators.get(node).signal("TERM");
      coordinators.get(node).await();
      coordinators.set(node, startCoordinator(node));
      int url = node;
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> cli(url).run("list", "--json").code() == 0);
    }
    worker.signal("TERM");
    worker.await();
    worker = startWorker();
    Cli.Result result = submitted.await();
    assertThat(result.code()).as(result.err()).isZero();
    assertRecordedOnce();
    assertResultsAreWithEveryCoordinator();
  }

  @Test
  void twoOfThreeCoordinatorsBeginWithoutTheThird() throws Exception {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), SWEEP);
    Cli.Running submitted = cli(2).start("submit", sweep.toString(), "--wait", "--json");
    awaitRecovery();
    for (Cli.Running coordinator : coordinators) {
      coordinator.signal("KILL");
      coordinator.process().waitFor();
    }
    for (int node = 1; node < 3; node++) {
      coordinators.set(node, startCoordinator(node));
    }
    Cli.Result result = submitted.await();
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(perplexities(result.out())).isEqualTo(undisturbed);
    assertRecordedOnce();
  }

  private void assertResultsAreWithEveryCoordinator() throws Exception {
    String id = Json.MAPPER.readTree(cli(0).run("list", "--json").out()).at("/0/sweep").asText();
    for (int node = 0; node < 3; node++) {
      Path runs = folder.resolve("work-" + node + "/runs");
      if (Files.exists(runs)) {
        Files.move(runs, runs.resolveSibling("runs-elsewhere"));
      }
    }
    for (int node = 0; node < 3; node++) {
      Cli.Result results = cli(node).run("results", id, "--json");
      assertThat(perplexities(results.out())).as(results.err()).isEqualTo(undisturbed);
      assertThatFilesAreWhole(node, id);
    }
  }

  /** Whichever coordinators wrote them: each event once, and the texts of all models. */
  private void assertThatFilesAreWhole(int node, String id) throws Exception {
    Path files = folder.resolve("fetched-" + node);
    assertThat(cli(node).run("results", id, "--plots", files.toString()).code()).isZero();
    List<String> events = cli(node).run("events", "--sweep", id, "--json").out().lines().toList();
    assertThat(events.get(events.size() - 1)).contains("\"results-written\"");
    assertThat(Files.readAllLines(files.resolve("events.jsonl")))
        .isEqualTo(events.subList(0, events.size() - 1));
    assertThat(Files.readString(files.resolve("samples.md")))
        .contains("**before**\n\n> a dog", "**pruned**\n\n> a dog", "**recovered**\n\n> a dog");
    assertThat(
            Json.MAPPER
                .readTree(files.resolve("results.json").toFile())
                .at("/provenance/computed/0/machine/host")
                .asText())
        .isNotEmpty();
  }

  @Test
  void aSecondCoordinatorWithAJournalOfItsOwnIsRefused() throws Exception {
    Cli.Result refused =
        new Cli(folder)
            .run(
                "node",
                "--role",
                "coordinator",
                "--seed",
                "127.0.0.1:" + ports.get(0),
                "--work",
                folder.resolve("other").toString());
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("needs a shared journal in PostgreSQL");
  }
}
