package dev.secateur.artifact;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A coordinator's store over HTTP, and behind it a worker that keeps what the store lacks. */
final class FakeStore implements AutoCloseable {
  private final HttpServer server =
      HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  final ArtifactStore stored;
  final ArtifactStore kept;
  volatile boolean full;

  /** It begins to answer, and then is silent until it is closed. */
  volatile boolean stalled;

  private final CountDownLatch closed = new CountDownLatch(1);
  final List<String> asked = new CopyOnWriteArrayList<>();

  FakeStore(Path folder) throws IOException {
    stored = new ArtifactStore(folder.resolve("stored"));
    kept = new ArtifactStore(folder.resolve("kept"));
    server.setExecutor(threads);
    server.createContext("/api/v1/artifacts/", this::answer);
    server.start();
  }

  StoreAccess access() {
    return new StoreAccess("http://127.0.0.1:" + server.getAddress().getPort(), "pass");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String[] path = exchange.getRequestURI().getPath().split("/");
      StageKey key = new StageKey(path[4]);
      String what = path.length > 5 ? path[5] : "archive";
      asked.add(exchange.getRequestMethod() + " " + what);
      if (exchange.getRequestMethod().equals("PUT")) {
        if (full) {
          exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
          exchange.sendResponseHeaders(507, -1);
          return;
        }
        stored.unpack(key, exchange.getRequestBody());
        exchange.sendResponseHeaders(201, -1);
        return;
      }
      boolean others = exchange.getRequestURI().getQuery().contains("relay=true");
      boolean unseen = exchange.getRequestURI().getQuery().contains("verify=false");
      boolean here = unseen ? stored.has(key) : stored.find(key).isPresent();
      if (!here && (!others || kept.manifest(key).isEmpty())) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      if (!here) {
        exchange.getResponseHeaders().set(StoreClient.KEPT_BY, "host/cpu");
      }
      send(exchange, key, here ? stored : kept, what);
    }
  }

  private void send(HttpExchange exchange, StageKey key, ArtifactStore from, String what)
      throws IOException {
    Optional<byte[]> manifest = from.manifest(key);
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream body = exchange.getResponseBody()) {
      if (stalled) {
        body.write(new byte[10]);
        body.flush();
        awaitEnd();
      } else if (what.equals("manifest")) {
        body.write(manifest.orElseThrow());
      } else {
        from.pack(key, body);
      }
    }
  }

  private void awaitEnd() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
