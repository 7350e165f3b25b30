package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator that keeps nothing for long. */
class RetentionTest {
  @TempDir private Path folder;

  private static long entries(Path in) {
    try (Stream<Path> all = Files.list(in)) {
      return all.filter(path -> !path.getFileName().toString().startsWith(".")).count();
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void whatHasEndedLongAgoGoesByItself() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    String url = "http://127.0.0.1:" + port;
    Path settings =
        Files.writeString(
            folder.resolve("node.conf"), "secateur.retention { sweeps = 3s, every = 1s }\n");
    Path sweep =
        Files.writeString(
            folder.resolve("sweep.conf"),
            "models = [demo], ratios = [0.25], criteria = [l2], evaluation { windows = 1 }");
    Path work = folder.resolve("work");
    Cli cli = new Cli(folder).clientsWith("--url", url);
    Cli.Running node =
        cli.start(
            "node",
            "--role",
            "coordinator,gpu-worker",
            "--http-port",
            "" + port,
            "--config",
            settings.toString(),
            "--work",
            work.toString());
    try {
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> Files.readString(node.err()).contains("API: " + url));
      assertThat(cli.run("submit", sweep.toString()).code()).isZero();
      await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> cli.run("events").out().contains(" sweep-deleted "));
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () -> entries(work.resolve("artifacts")) == 0 && entries(work.resolve("runs")) <= 0);
      assertThat(cli.run("list").out().lines()).as("only its head").hasSize(1);
      assertThat(cli.run("events").out()).contains(" sweep-completed ", " sweep-deleted ");
    } finally {
      node.signal("TERM");
      node.await();
    }
  }
}
