package dev.secateur.actors.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secateur.checkpoint.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A hub of one model, hf:owner/name, that sends weights as slowly as a test says. */
final class DrippingHub implements AutoCloseable {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final int DRIPS = 60;

  private final HttpServer server =
      HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Path model;
  private volatile Duration takes = Duration.ZERO;
  final List<String> sent = new CopyOnWriteArrayList<>();

  /**
   * @param model the folder of a checkpoint
   */
  DrippingHub(Path model) throws IOException {
    this.model = model;
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** How long weights take from now on; asks for them are counted anew. */
  void drip(Duration whole) {
    takes = whole;
    sent.clear();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (path.startsWith("/api/")) {
        send(exchange, contents().getBytes(StandardCharsets.UTF_8), Duration.ZERO);
        return;
      }
      Path file = model.resolve(path.replaceFirst(".*/resolve/[^/]+/", ""));
      exchange.getResponseHeaders().set("X-Linked-Etag", '"' + Sha256.of(file) + '"');
      exchange.getResponseHeaders().set("X-Linked-Size", "" + Files.size(file));
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      String range = exchange.getRequestHeaders().getFirst("Range");
      sent.add(file.getFileName() + (range == null ? "" : " " + range));
      boolean isLarge = file.toString().endsWith(".safetensors");
      send(exchange, Files.readAllBytes(file), isLarge ? takes : Duration.ZERO);
    }
  }

  private String contents() throws IOException {
    try (Stream<Path> files = Files.list(model)) {
      return "{\"sha\": \""
          + COMMIT
          + "\", \"siblings\": ["
          + files
              .map(file -> "{\"rfilename\": \"" + file.getFileName() + "\"}")
              .collect(Collectors.joining(","))
          + "]}";
    }
  }

  private static void send(HttpExchange exchange, byte[] content, Duration takes)
      throws IOException {
    exchange.sendResponseHeaders(200, content.length);
    try (OutputStream body = exchange.getResponseBody()) {
      int drip = content.length / DRIPS + 1;
      for (int from = 0; from < content.length; from += drip) {
        body.write(content, from, Math.min(drip, content.length - from));
        body.flush();
        LockSupport.parkNanos(takes.toNanos() / DRIPS);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
