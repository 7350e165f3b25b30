package dev.secateur.actors.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A coordinator node of which each request's answer is given by a test. */
public final class FakeNode implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> keys = new CopyOnWriteArrayList<>();

  /** Answers a request; what it throws breaks the connection. */
  @FunctionalInterface
  public interface Handler {
    /**
     * @param request its method, path and query
     * @param count of the requests so far, but for /ready
     */
    void handle(HttpExchange exchange, String request, int count) throws IOException;
  }

  /**
   * @param handler of all but /ready
   */
  public FakeNode(Handler handler) throws IOException {
    this(200, handler);
  }

  /**
   * @param ready what /ready answers
   */
  public FakeNode(int ready, Handler handler) throws IOException {
    this(HttpServer.create(local(), 0), ready, handler);
  }

  FakeNode(HttpServer server, int ready, Handler handler) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", exchange -> take(exchange, handler));
    server.createContext("/ready", exchange -> answer(exchange, ready, "ready\n"));
    server.start();
  }

  static InetSocketAddress local() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void take(HttpExchange exchange, Handler handler) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    exchange.getRequestBody().readAllBytes();
    asked.add(request);
    keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Idempotency-Key")));
    handler.handle(exchange, request, asked.size());
  }

  /** Answers with JSON. */
  public static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** Begins a stream with journalled events of these numbers, and leaves it open. */
  static OutputStream events(HttpExchange exchange, long... numbers) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    for (long number : numbers) {
      out.write(event(number).getBytes(StandardCharsets.UTF_8));
    }
    out.flush();
    return out;
  }

  static String event(long number) {
    return "data:{\"event\":\"e\",\"sequence\":" + number + "}\nid:" + number + "\n\n";
  }

  /** An address where nothing listens. */
  static String dead() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "http://127.0.0.1:" + socket.getLocalPort();
    }
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Requests, but for /ready. */
  public List<String> asked() {
    return asked;
  }

  /** Their idempotency keys. */
  List<String> keys() {
    return keys;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
