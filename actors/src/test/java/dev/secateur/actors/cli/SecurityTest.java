package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may join, and who may ask. */
class SecurityTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  @TempDir Path folder;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Path certificates(String name) throws Exception {
    Path made = folder.resolve(name);
    assertThat(new Cli(folder).run("certs", "init", made.toString(), "127.0.0.1").code()).isZero();
    return made;
  }

  private Cli cli(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("SECATEUR_WORK", folder.resolve("work").toString());
    return new Cli(folder, all);
  }

  private static Cli.Running worker(Cli cli, int port) throws IOException {
    return cli.start(
        "node", "--role", "gpu-worker", "--devices", "cpu", "--seed", "127.0.0.1:" + port);
  }

  @Test
  void onlyNodesWithACertificateOfTheClusterJoin() throws Exception {
    Path own = certificates("own");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(own.resolve("password"))))
        .isEqualTo("rw-------");
    int port = freePort();
    int httpPort = freePort();
    Cli trusted =
        cli(
            Map.of(
                "SECATEUR_TLS_FOLDER", own.toString(),
                "SECATEUR_URL", "https://127.0.0.1:" + httpPort,
                "SECATEUR_CA", own.resolve("ca.crt").toString()));
    Cli.Running coordinator =
        trusted.start(
            "node", "--role", "coordinator", "--port", "" + port, "--http-port", "" + httpPort);
    await().atMost(LONG).until(() -> Files.readString(coordinator.err()).contains("API: https"));
    Cli.Running foreign =
        worker(cli(Map.of("SECATEUR_TLS_FOLDER", certificates("foreign").toString())), port);
    Cli.Running plain = worker(cli(Map.of()), port);
    Cli.Running friend = worker(trusted, port);
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> trusted.run("workers").out().lines().count() == 1);
    await().atMost(LONG).until(() -> Files.readString(plain.err()).contains("is up"));
    await().atMost(LONG).until(() -> Files.readString(foreign.err()).contains("is up"));
    assertThat(trusted.run("workers").out().lines())
        .as("neither of the others joined while the friend did")
        .hasSize(1)
        .allMatch(line -> line.contains("-" + friend.process().pid() + "/cpu"));
    Cli.Result distrusting =
        cli(Map.of("SECATEUR_URL", "https://127.0.0.1:" + httpPort)).run("list");
    assertThat(distrusting.code()).isNotZero();
    for (Cli.Running process : new Cli.Running[] {friend, plain, foreign, coordinator}) {
      process.signal("TERM");
      process.await();
    }
    String said = Files.readString(coordinator.err()) + Files.readString(friend.err());
    assertThat(said).doesNotContain(Files.readString(own.resolve("password")).strip());
  }

  @Test
  void refusesToBeOpenToTheNetwork() throws Exception {
    Cli.Result node = cli(Map.of()).run("node", "--role", "coordinator", "--host", "0.0.0.0");
    assertThat(node.code()).isEqualTo(2);
    assertThat(node.err()).contains("secateur certs init DIR").contains("secateur.insecure = true");
    Cli.Result api =
        cli(Map.of("SECATEUR_HTTP_HOST", "0.0.0.0")).run("node", "--role", "coordinator");
    assertThat(api.code()).isEqualTo(2);
    assertThat(api.err()).contains("the API would be open").contains("secateur token");
  }
}
