package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may join, and who may ask. */
class SecurityTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  private static final String JOINED = "joined the cluster";

  private final List<Cli.Running> nodes = new ArrayList<>();

  @TempDir Path folder;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Path certificates(String name) throws Exception {
    Path made = folder.resolve(name);
    assertThat(Cli.here("certs", "init", made.toString(), "127.0.0.1").code()).isZero();
    return made;
  }

  private Cli cli(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>();
    all.put("SECATEUR_WORK", folder.resolve("work").toString());
    all.putAll(environment);
    return new Cli(folder, all);
  }

  private Cli.Running worker(Cli cli, int port) throws IOException {
    return started(
        cli.start(
            "node", "--role", "gpu-worker", "--devices", "cpu", "--seed", "127.0.0.1:" + port));
  }

  private Cli.Running started(Cli.Running node) {
    nodes.add(node);
    return node;
  }

  /** A test that fails leaves no node behind. */
  @AfterEach
  void endNodes() {
    for (Cli.Running node : nodes) {
      node.process().descendants().forEach(ProcessHandle::destroyForcibly);
      node.process().destroyForcibly();
    }
  }

  private Cli stranger(String name, String certificates) {
    return cli(
        Map.of(
            "SECATEUR_WORK",
            folder.resolve("work-" + name).toString(),
            "SECATEUR_TLS_FOLDER",
            certificates,
            "SECATEUR_CLUSTER_JOIN_TIMEOUT",
            "12s"));
  }

  /** A node that tried for all of its time and says what kept it out. */
  private static void endsOutside(Cli.Running node, String reason) throws Exception {
    Cli.Result ended = node.await();
    assertThat(ended.code()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err()).doesNotContain(JOINED);
    assertThat(ended.err().lines().filter(line -> line.contains(reason)))
        .isNotEmpty()
        .last()
        .asString()
        .contains("secateur: no cluster accepted this node within 12 s: ");
  }

  @Test
  void keysAndTokensAreTheirOwnersAlone() throws Exception {
    Path made = certificates("new/keys");
    assertThat(mode(made)).isEqualTo("rwx------");
    try (Stream<Path> files = Files.walk(made)) {
      List<Path> secrets =
          files.filter(Files::isRegularFile).filter(file -> !file.endsWith("ca.crt")).toList();
      assertThat(secrets.stream().map(file -> made.relativize(file).toString()))
          .as("the authority's key is in no host's folder")
          .containsExactlyInAnyOrder(
              "authority/ca.p12",
              "authority/password",
              "127.0.0.1/node.p12",
              "127.0.0.1/truststore.p12",
              "127.0.0.1/password");
      assertThat(secrets).allMatch(file -> mode(file).equals("rw-------"));
    }
    Path tokens = Files.writeString(folder.resolve("tokens"), "");
    Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-rw-r--"));
    assertThat(Cli.here("token", tokens.toString()).code()).isZero();
    assertThat(mode(tokens)).isEqualTo("rw-------");
    assertThat(Cli.here("token", folder.resolve("others").toString()).code()).isZero();
    assertThat(mode(folder.resolve("others"))).isEqualTo("rw-------");
  }

  private static String mode(Path file) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void onlyNodesWithACertificateOfTheClusterJoin() throws Exception {
    Path own = certificates("own");
    int port = freePort();
    int httpPort = freePort();
    String url = "https://127.0.0.1:" + httpPort;
    Cli trusted =
        cli(Map.of(
                "SECATEUR_TLS_FOLDER", own.resolve("127.0.0.1").toString(),
                "SECATEUR_URL", url,
                "SECATEUR_CA", own.resolve("ca.crt").toString()))
            .clientsWith("--url", url, "--ca", own.resolve("ca.crt").toString());
    Cli.Running coordinator =
        started(
            trusted.start(
                "node",
                "--role",
                "coordinator",
                "--port",
                "" + port,
                "--http-port",
                "" + httpPort));
    await().atMost(LONG).until(() -> Files.readString(coordinator.err()).contains("API: https"));
    Cli.Running friend = worker(trusted, port);
    Cli.Running foreign =
        worker(stranger("foreign", certificates("foreign").resolve("127.0.0.1").toString()), port);
    Cli.Running plain = worker(stranger("plain", ""), port);
    await().atMost(LONG).until(() -> Files.readString(friend.err()).contains(JOINED));
    endsOutside(foreign, "its certificate is from an authority that this node does not trust");
    endsOutside(plain, "it requires TLS, but this node was started without it");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> trusted.run("workers").out().lines().count() == 1);
    assertThat(trusted.start("workers").await().out())
        .as("by the variables of the environment")
        .contains("-" + friend.process().pid() + "/cpu")
        .hasLineCount(1);
    Cli.Result distrusting = cli(Map.of("SECATEUR_URL", url)).run("list");
    assertThat(distrusting.code()).isNotZero();
    for (Cli.Running process : new Cli.Running[] {friend, coordinator}) {
      process.signal("TERM");
      process.await();
    }
    String said = Files.readString(coordinator.err()) + Files.readString(friend.err());
    assertThat(said).doesNotContain(Files.readString(own.resolve("127.0.0.1/password")).strip());
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
