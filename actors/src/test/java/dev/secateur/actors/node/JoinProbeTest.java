package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.ActorSystem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks real coordinators, with TLS and without, as nodes that they do not take up. */
class JoinProbeTest {
  private static final String HOST = "127.0.0.1";
  private static final int CHANGE_CIPHER_SPEC_BYTES = 6;

  @TempDir static Path folder;
  private static Path certificates;
  private static ActorSystem<Node.Command> secured;
  private static ActorSystem<Node.Command> plain;
  private static ActorSystem<Node.Command> local;

  @BeforeAll
  static void startCoordinators() throws Exception {
    certificates = folder.resolve("cluster");
    Certificates.init(certificates, List.of(HOST, "localhost"));
    secured = coordinator("secured", HOST, Certificates.folder(certificates, HOST).toString());
    local = coordinator("local", "localhost", certificates.resolve("localhost").toString());
    plain = coordinator("plain", HOST, "");
  }

  private static ActorSystem<Node.Command> coordinator(String name, String host, String tls) {
    NodeSettings settings =
        NodeSettings.load(Optional.empty())
            .with(
                Map.of(
                    "secateur.tls.folder", tls,
                    "secateur.work", folder.resolve(name) + "",
                    "akka.remote.artery.canonical.hostname", host));
    return Node.start(
        settings,
        WorkFolder.open(settings.work()),
        new Node.Launch(Set.of(Node.COORDINATOR), List.of(), 0));
  }

  @AfterAll
  static void stop() {
    for (ActorSystem<Node.Command> system : List.of(secured, local, plain)) {
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().join();
    }
  }

  private static String findings(String host, ActorSystem<?> coordinator, Optional<Tls> tls) {
    Seed seed = new Seed(host, coordinator.address().getPort().get());
    String findings = new JoinProbe(List.of(seed), tls, HOST).findings().text();
    assertThat(findings).startsWith(seed + ": ").doesNotContain("Exception").hasLineCount(1);
    return findings;
  }

  private static Optional<Tls> tls(Path made) {
    return Optional.of(Tls.of(Certificates.folder(made, HOST), HOST));
  }

  @Test
  void namesAnotherAuthority() throws Exception {
    Path foreign = folder.resolve("foreign");
    Certificates.init(foreign, List.of(HOST));
    assertThat(findings(HOST, secured, tls(foreign)))
        .contains("its certificate is from an authority that this node does not trust");
  }

  @Test
  void namesWhatTheOtherRefusesOfACertificateThatIsOfAnotherAuthority() throws Exception {
    Path mixed = copy("mixed");
    Path own = Certificates.folder(mixed, HOST);
    Path foreign = folder.resolve("foreign-key");
    Path others = Files.createDirectories(Certificates.folder(foreign, HOST));
    Files.copy(own.resolve("password"), others.resolve("password"));
    Certificates.init(foreign, List.of(HOST));
    Files.copy(
        others.resolve("node.p12"), own.resolve("node.p12"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(findings(HOST, secured, tls(mixed))).contains("it refuses this node's certificate");
  }

  @Test
  void namesAnExpiredCertificateOfTheNodeItself() throws Exception {
    Path expired = copy("expired");
    Certificates.init(expired, List.of(HOST), Instant.now().minus(Duration.ofDays(4000)));
    assertThat(findings(HOST, secured, tls(expired)))
        .contains("it refuses this node's certificate")
        .containsPattern("node\\.p12 expired on 20\\d\\d-");
  }

  @Test
  void aConnectionThatIsResetAmidTheHandshakeSpokeTls() throws Exception {
    int port = secured.address().getPort().get();
    try (ServerSocket between = new ServerSocket(0)) {
      Thread cutting = new Thread(() -> cutConnections(between, port), "cutting connections");
      cutting.start();
      Seed seed = new Seed(HOST, between.getLocalPort());
      assertThat(new JoinProbe(List.of(seed), tls(certificates), HOST).findings().text())
          .isEqualTo(seed + ": it refuses this node's certificate, and closes the connection");
    }
  }

  /**
   * Lets through what begins a handshake, and resets the connection once the client has said more
   * than that it goes on encrypted, which it does before it has seen a certificate.
   */
  private static void cutConnections(ServerSocket between, int port) {
    while (true) {
      try (Socket client = between.accept();
          Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
        byte[] bytes = new byte[1 << 16];
        server.getOutputStream().write(bytes, 0, client.getInputStream().read(bytes));
        new Thread(() -> answer(server, client), "answering").start();
        client.getInputStream().readNBytes(CHANGE_CIPHER_SPEC_BYTES + 1);
        client.setSoLinger(true, 0);
      } catch (IOException e) {
        return; // the test is over
      }
    }
  }

  private static void answer(Socket server, Socket client) {
    try {
      server.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException e) {
      // the connection was cut, which is what this is for
    }
  }

  @Test
  void namesACertificateThatIsForAnotherHost() {
    Tls others = Tls.of(certificates.resolve("localhost"), HOST);
    assertThat(findings(HOST, secured, Optional.of(others)))
        .contains("is valid for [localhost], not for this node's address 127.0.0.1");
  }

  @Test
  void namesASeedWhoseCertificateIsForAnotherHost() {
    assertThat(findings(HOST, local, tls(certificates)))
        .contains("its certificate is for other names", "matching IP address 127.0.0.1 found");
    assertThat(findings("localhost", secured, tls(certificates)))
        .as("every certificate is good for localhost")
        .contains("does not accept this node");
  }

  @Test
  void namesPlainTcpAgainstTls() {
    assertThat(findings(HOST, secured, Optional.empty()))
        .contains("it requires TLS, but this node was started without it");
  }

  @Test
  void namesTlsAgainstPlainTcp() {
    assertThat(findings(HOST, plain, tls(certificates)))
        .contains("it does not use TLS, but this node does");
  }

  @Test
  void saysWhatElseItMayBeWhereTheConnectionIsInOrder() {
    assertThat(findings(HOST, plain, Optional.empty())).contains("does not accept this node");
    assertThat(findings(HOST, secured, tls(certificates))).contains("does not accept this node");
  }

  @Test
  void namesAHostThatIsNotThereAndAPortThatNobodyListensAt() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    List<Seed> seeds = List.of(new Seed("no-such-host.invalid", 25520), new Seed(HOST, free));
    assertThat(new JoinProbe(seeds, Optional.empty(), HOST).findings().text())
        .isEqualTo(
            "no-such-host.invalid:25520: no such host; 127.0.0.1:"
                + free
                + ": nothing listens there");
  }

  /** The cluster's folder once more, to spoil it. */
  private static Path copy(String name) throws IOException {
    Path copy = folder.resolve(name);
    try (var files = Files.walk(certificates)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(certificates.relativize(file)));
      }
    }
    return copy;
  }
}
