package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs of a worker that is a process of its own, and what the coordinator's says of its end. */
class NodeLogsTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  @TempDir private Path folder;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String all(Path logs) throws IOException {
    StringBuilder text = new StringBuilder();
    try (var files = Files.list(logs)) {
      for (Path file : files.toList()) {
        text.append(Files.readString(file));
      }
    }
    return text.toString();
  }

  @Test
  void aWorkersLogIsReadFromAnywhereAndTheCoordinatorsSaysWhyItLeft() throws Exception {
    String port = "" + freePort();
    String api = "" + freePort();
    Path work = folder.resolve("of-coordinator");
    Cli cli = new Cli(folder).clientsWith("--url", "http://127.0.0.1:" + api);
    Cli.Running coordinator =
        cli.start(
            "node",
            "--role",
            "coordinator",
            "--port",
            port,
            "--http-port",
            api,
            "--work",
            work.toString());
    await().atMost(LONG).until(() -> Files.readString(coordinator.err()).contains("API: "));
    Cli.Running worker =
        cli.start(
            "node",
            "--role",
            "gpu-worker",
            "--devices",
            "cpu",
            "--seed",
            "127.0.0.1:" + port,
            "--work",
            folder.resolve("of-worker").toString());
    await().atMost(LONG).until(() -> cli.run("workers", "--json").out().contains("/cpu"));
    JsonNode workers = Json.MAPPER.readTree(cli.run("workers", "--json").out());
    String name = workers.get(0).get("name").asText();

    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(cli.run("logs", name).out())
                    .contains(" INFO worker-started " + name + " starts on cpu")
                    .contains("node-up member=secateur@127.0.0.1:" + port));
    String joined = "Z [" + name + "] joined the cluster";
    await().atMost(LONG).until(() -> Files.readString(worker.err()).contains(joined));
    assertThat(Files.readString(worker.err()).lines())
        .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ \\[.*"));

    worker.signal("TERM");
    worker.await();
    assertThat(all(folder.resolve("of-worker/logs"))).contains("\"event\":\"worker-stopped\"");
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(all(work.resolve("logs")))
                    .containsPattern("\"worker-left\".*\"reason\":\"it signed off\"")
                    .containsPattern("\"node-removed\".*\"reason\":\"it left the cluster\"")
                    .contains("\"reason\":\"no other coordinator was active\""));
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(List.of(cli.run("logs", name).err()))
                    .containsExactly(
                        "secateur: no node of the cluster has log lines of worker " + name + "\n"));
    coordinator.signal("TERM");
    coordinator.await();
  }
}
