package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Sweeps in processes of their own, which are killed, interrupted, joined and in each other's way.
 */
class SweepIT extends SweepFixture {
  private static Cli.Result apart(String... arguments) throws Exception {
    return cli.start(arguments).await();
  }

  @Test
  void goesOnWhereItWasAfterKillNine() throws Exception {
    Path sweep = sweep("killed.conf", NEVER_DONE, tiny.toString());
    Path work = folder.resolve("work-killed");
    Cli.Running first = cli.start("run", sweep.toString(), "--work", work.toString());
    await().atMost(Duration.ofMinutes(2)).until(() -> completed(work) >= 6);
    first.signal("KILL");
    first.process().waitFor();

    Cli.Running second = cli.start("run", sweep.toString(), "--work", work.toString());
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                Files.readString(onlyRun(work).resolve("events.jsonl"))
                    .contains("\"lease-voided\""));
    assertThat(Files.readString(second.err())).contains("resuming sweep small-");
    second.signal("INT");
    Cli.Result interrupted = second.await();
    assertThat(interrupted.code()).isEqualTo(130);
    assertThat(interrupted.err()).contains("The same command resumes sweep 'small'");

    Path next = sweep("next.conf", 1, tiny.toString());
    Cli.Result done = apart("run", next.toString(), "--work", work.toString(), "--json");
    JsonNode results = results(done);
    assertThat(results.get("completed").asInt())
        .as("its own results, not those of the sweep that it took the place of")
        .isEqualTo(results.get("trials").size());
    assertThat(done.err()).containsPattern("[1-9]\\d* of \\d+ stages were reused");
    try (Stream<Path> artifacts = Files.list(work.resolve("artifacts"))) {
      assertThat(artifacts.filter(path -> path.toString().contains(".part-")).count())
          .as("half-written artifacts of the killed process, if any, are never used")
          .isLessThanOrEqualTo(2);
    }
  }

  @Test
  void aNodeJoinsAndTakesItsShare() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path work = folder.resolve("work-joined");
    Path sweep = sweep("joined.conf", 400, tiny.toString());
    Cli.Running node =
        cli.start(
            "node",
            "--role",
            "gpu-worker",
            "--seed",
            "127.0.0.1:" + port,
            "--work",
            work.toString());
    Cli.Result result =
        apart(
            "run",
            sweep.toString(),
            "--work",
            work.toString(),
            "--workers",
            "1",
            "--port",
            "" + port);
    node.signal("TERM");
    node.await();
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(Files.readAllLines(onlyRun(work).resolve("events.jsonl")))
        .anyMatch(line -> line.contains("\"stage-completed\"") && line.contains("\"127.0.0.1-"));
  }

  @Test
  void asksForAnotherFolderWhileOneIsInUse() throws Exception {
    Path work = folder.resolve("work-busy");
    Cli.Running first =
        cli.start(
            "run",
            sweep("busy.conf", NEVER_DONE, tiny.toString()).toString(),
            "--work",
            work.toString());
    await().atMost(Duration.ofMinutes(2)).until(() -> completed(work) >= 1);
    Cli.Result second =
        apart("run", folder.resolve("busy.conf").toString(), "--work", work.toString());
    first.signal("KILL");
    first.process().waitFor();
    assertThat(second.code()).isEqualTo(2);
    assertThat(second.err()).contains("another secateur process uses this folder");
  }
}
