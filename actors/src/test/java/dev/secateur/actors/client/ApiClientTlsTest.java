package dev.secateur.actors.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.secateur.actors.node.Certificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client of several addresses with TLS: one authority and one token serve all of them. */
@Timeout(60)
class ApiClientTlsTest {
  private static final Times TIMES =
      new Times(
          Duration.ofSeconds(3),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofMillis(10),
          Duration.ofSeconds(50));

  @TempDir Path folder;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private final List<String> said = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private String node(String authority) throws Exception {
    Path certificates = folder.resolve(authority);
    Certificates.init(certificates, List.of("127.0.0.1"));
    char[] password =
        Files.readString(certificates.resolve("127.0.0.1/password")).strip().toCharArray();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream content = Files.newInputStream(certificates.resolve("127.0.0.1/node.p12"))) {
      store.load(content, password);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server = HttpsServer.create(FakeNode.local(), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    FakeNode node =
        new FakeNode(
            server,
            200,
            (exchange, request, count) -> {
              tokens.add(exchange.getRequestHeaders().getFirst("Authorization"));
              FakeNode.answer(exchange, 200, "{}");
            });
    open.add(node);
    return "https://127.0.0.1:" + node.port();
  }

  private String frozen() throws IOException {
    ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(socket);
    return "https://127.0.0.1:" + socket.getLocalPort();
  }

  private ApiClient client(String... addresses) {
    return ApiClient.of(
        Addresses.of("--url", String.join(",", addresses)),
        Optional.of("secret"),
        Optional.of(folder.resolve("own/ca.crt")),
        said::add,
        TIMES);
  }

  @Test
  void asksTheNextWhereTlsDoesNotComeAbout() throws Exception {
    String foreign = node("foreign");
    String first = node("own");
    String second = node("own");
    client(frozen(), foreign, first).get("/api/v1/sweeps");
    client(foreign, second, first).get("/api/v1/sweeps");
    assertThat(tokens).containsExactly("Bearer secret", "Bearer secret");
    assertThat(said).isEmpty();
  }

  @Test
  void doesNotTryAgainWhereNoCertificateIsTrusted() throws Exception {
    Certificates.init(folder.resolve("own"), List.of("127.0.0.1"));
    String foreign = node("foreign");
    String other = node("other");
    assertThatThrownBy(() -> client(foreign, other).get("/api/v1/sweeps"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("no coordinator answers at " + foreign + " (TLS: ")
        .hasMessageContaining(", " + other + " (TLS: ");
    assertThat(said).isEmpty();
    assertThat(tokens).isEmpty();
  }
}
