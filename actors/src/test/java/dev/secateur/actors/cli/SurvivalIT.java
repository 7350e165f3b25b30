package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.Address;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.coordinator.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What happens to a cluster while it works, and changes none of its results. */
class SurvivalIT extends SurvivalFixture {
  @BeforeAll
  static void runTheSweepUndisturbed() throws Exception {
    runUndisturbed(SWEEP);
  }

  @Test
  void workersThatAreKilledInEachKindOfStageChangeNothing() throws Exception {
    Cli.Running submitted = submit();
    Set<String> kinds =
        new TreeSet<>(
            Set.of(
                "discovery",
                "estimation",
                "pruning",
                "evaluation",
                "recovery",
                "export",
                "training"));
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              killOneAtEach(kinds);
              return kinds.isEmpty() || !submitted.process().isAlive();
            });
    assertThat(kinds)
        .as("kinds of stage in which no worker was killed; " + Files.readString(submitted.err()))
        .isEmpty();
    assertUndisturbed(submitted);
    assertThat(Files.readString(workers.err())).contains("signal 9").contains("restarted");
    assertThat(events()).containsPattern("ended: signal 9|no heartbeat for ");
  }

  /** Kills the workers that are at a stage of these kinds now, and strikes those kinds out. */
  private void killOneAtEach(Set<String> kinds) throws Exception {
    workersAt()
        .forEach(
            (kind, process) -> {
              if (kinds.remove(kind)) {
                process.destroyForcibly();
              }
            });
  }

  @Test
  void aStageThatEndsEveryProcessThatTakesItUpIsGivenUp() throws Exception {
    Path poison =
        Files.writeString(
            folder.resolve("poison.conf"),
            SWEEP
                .replace("attempts = 9", "attempts = 2")
                .replace("steps = 100", "steps = 1000000")
                .replace("ratios = [0.25], scratch { learning-rate = 1e-3 }", "ratios = [0.25]"));
    Cli.Running submitted = cli.start("submit", poison.toString(), "--wait", "--json");
    awaitWorkerAt("recovery").destroyForcibly();
    awaitEvent("signal 9");
    awaitWorkerAt("recovery").destroyForcibly();
    awaitEvent("stage-failed");
    assertThat(events()).containsPattern(" stage-failed recovery of .*ended: signal 9");
    Cli.Result result = submitted.await();
    assertThat(result.code()).as(result.err()).isEqualTo(Main.SOME_TRIALS_FAILED);
    assertUndisturbed(submit());
  }

  @Test
  void aWorkerWhoseDiskIsFullChangesNothing() throws Exception {
    try (SmallDisk disk = SmallDisk.at(work.resolve("small-disk"))) {
      Path settings =
          Files.writeString(
              folder.resolve("small.conf"),
              Files.readString(folder.resolve("node.conf"))
                  + "secateur.worker.disk-reserve = 16 MiB\n");
      Cli.Running small = startWorkers("cpu", disk.folder(), settings);
      try {
        awaitWorkers(3);
        disk.fill();
        await("its disk is low")
            .atMost(LONG)
            .until(() -> get("/api/v1/workers").toString().contains("\"state\":\"low-disk\""));
        assertThat(cli.run("workers").out()).contains(", low-disk: " + disk.folder());
        assertThat(Files.readString(work.resolve("logs/node-coordinator.jsonl")))
            .contains("\"event\":\"worker-low-disk\"");
        assertUndisturbed(submit());
        assertThat(events())
            .as("it is given nothing, and no attempt of any stage is spent")
            .doesNotContain(" stage-retried ", " lease-voided ");
        disk.free();
        await("it asks again by itself")
            .atMost(LONG)
            .until(() -> !get("/api/v1/workers").toString().contains("low-disk"));
      } finally {
        small.signal("TERM");
        small.await();
      }
    }
  }

  @Test
  void workersThatAreCutOffForAWhileChangeNothing() throws Exception {
    Cli.Running submitted = submit();
    awaitWorkerAt("recovery");
    proxy.cut();
    Path log = work.resolve("logs/node-coordinator.jsonl");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> Files.readString(log).contains("\"event\":\"node-removed\""));
    proxy.heal();
    assertUndisturbed(submitted);
    assertThat(events())
        .containsPattern(" lease-(voided|expired) ")
        .as("to join anew is no failure of the stage")
        .doesNotContain(" stage-retried ");
  }

  @Test
  void aWorkerThatStandsStillBeyondItsLeaseChangesNothing() throws Exception {
    Cli.Running submitted = submit();
    ProcessHandle worker = awaitWorkerAt("recovery");
    signal(worker, "STOP");
    awaitEvent("no heartbeat for "); // its node is removed before its lease has run out
    signal(worker, "CONT");
    assertUndisturbed(submitted);
  }

  @Test
  void artifactsThatAreDamagedEverywhereAreComputedAgain() throws Exception {
    Cli.Running submitted = submit();
    awaitWorkerAt("recovery");
    for (Path store : List.of(work, work.resolve("of-workers"))) {
      try (Stream<Path> files = Files.walk(store.resolve("artifacts"))) {
        for (Path file : files.filter(path -> path.endsWith("recipe.json")).toList()) {
          Files.writeString(file, "{}");
        }
      }
    }
    assertThat(submitted.await().code()).isZero();
    JsonNode results = Json.MAPPER.readTree(Files.readString(submitted.out()));
    assertThat(numbers(results)).isEqualTo(undisturbed);
    assertThat(events()).contains(" artifact-lost ");
  }

  @Test
  void aCoordinatorThatIsKilledGoesOnWhereItWas() throws Exception {
    Cli.Running submitted = submit();
    awaitWorkerAt("recovery");
    coordinator.signal("KILL");
    coordinator.process().waitFor();
    coordinator = startCoordinator();
    assertUndisturbed(submitted);
  }

  /** As a coordinator does that can't reach it. */
  @Test
  void aCoordinatorThatIsTakenForLostSaysSoAndGoesOnWhereItWasWhenItIsStartedAgain()
      throws Exception {
    Cli.Running submitted = submit();
    awaitWorkerAt("recovery");
    ActorSystem<Void> other = joinCluster();
    Cluster.get(other)
        .manager()
        .tell(Down.apply(new Address("akka", "secateur", "127.0.0.1", proxy.port())));
    Cli.Result ended = coordinator.await();
    other.terminate();
    assertThat(ended.code()).isEqualTo(Main.FAILURE);
    assertThat(ended.err())
        .contains("this node shuts down: the rest of the cluster declared this node lost");
    coordinator = startCoordinator();
    assertUndisturbed(submitted);
    assertThat(events()).doesNotContain(" stage-retried ");
  }

  /** A node without any part in the work. */
  private ActorSystem<Void> joinCluster() {
    String seed = "akka://secateur@127.0.0.1:" + proxy.port();
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            "secateur",
            NodeSettings.load(Optional.of(folder.resolve("node.conf")))
                .with(Map.of("akka.cluster.seed-nodes", List.of(seed)))
                .config());
    await()
        .atMost(LONG)
        .until(() -> Cluster.get(system).selfMember().status() == MemberStatus.up());
    return system;
  }
}
