package dev.secateur.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A server that speaks as the hub does: what a repository holds, what is said of a file, files
 * themselves, large ones by redirection to another host's name.
 */
final class StubHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private final HttpServer server =
      HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile CountDownLatch askers = new CountDownLatch(0);
  private final Map<String, byte[]> files = new TreeMap<>();
  private final List<String> large = new ArrayList<>();
  final List<String> requests = new CopyOnWriteArrayList<>();
  final List<String> tokensElsewhere = new CopyOnWriteArrayList<>();
  String token = "";
  boolean ranges = true;
  int cuts;
  boolean corrupt;

  StubHub() throws IOException {
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  void add(String name, byte[] content, boolean isLarge) {
    files.put(name, content);
    if (isLarge) {
      large.add(name);
    }
  }

  /** Large files come once so many have asked what they are. */
  void holdUntilAskedFor(int times) {
    askers = new CountDownLatch(times);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      respond(exchange);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void respond(HttpExchange exchange) throws IOException, InterruptedException {
    String path = exchange.getRequestURI().getPath();
    String range = exchange.getRequestHeaders().getFirst("Range");
    String given = exchange.getRequestHeaders().getFirst("Authorization");
    requests.add(exchange.getRequestMethod() + " " + path + (range == null ? "" : " " + range));
    if (path.startsWith("/cdn/")) {
      if (given != null) {
        tokensElsewhere.add(given);
      }
      askers.await(1, TimeUnit.MINUTES);
      content(exchange, files.get(path.substring(5)), range);
    } else if (!token.isEmpty() && !("Bearer " + token).equals(given)) {
      refuse(exchange, 401, "GatedRepo");
    } else if (path.contains("/owner/moved/")) {
      redirect(exchange, path.replace("/owner/moved/", "/owner/name/"));
    } else if (!path.contains("/owner/name/")) {
      refuse(exchange, 401, "RepoNotFound");
    } else if (path.startsWith("/api/")) {
      contents(exchange, path);
    } else {
      file(exchange, path.replaceFirst(".*/resolve/[^/]+/", ""), range);
    }
  }

  private void contents(HttpExchange exchange, String path) throws IOException {
    if (!path.matches(".*/revision/(main|refs/convert/parquet|" + COMMIT + ")")) {
      refuse(exchange, 404, "RevisionNotFound");
      return;
    }
    String siblings =
        files.keySet().stream()
            .map(name -> "{\"rfilename\": \"" + name + "\"}")
            .collect(Collectors.joining(","));
    send(
        exchange,
        ("{\"sha\": \"" + COMMIT + "\", \"siblings\": [" + siblings + "]}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private void file(HttpExchange exchange, String name, String range) throws IOException {
    byte[] content = files.get(name);
    if (content == null) {
      refuse(exchange, 404, "EntryNotFound");
    } else if (large.contains(name)) {
      if (exchange.getRequestMethod().equals("HEAD")) {
        askers.countDown();
      }
      exchange.getResponseHeaders().set("X-Linked-Etag", '"' + hash("SHA-256", content) + '"');
      exchange.getResponseHeaders().set("X-Linked-Size", "" + content.length);
      // Another host's name for the same server.
      redirect(exchange, "http://localhost:" + server.getAddress().getPort() + "/cdn/" + name);
    } else {
      byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8);
      byte[] both = Arrays.copyOf(header, header.length + content.length);
      System.arraycopy(content, 0, both, header.length, content.length);
      exchange.getResponseHeaders().set("ETag", "W/\"" + hash("SHA-1", both) + '"');
      content(exchange, content, range);
    }
  }

  private void content(HttpExchange exchange, byte[] content, String range) throws IOException {
    int from = 0;
    if (range != null && ranges) {
      from = Integer.parseInt(range.replaceAll("\\D", ""));
    }
    byte[] rest = Arrays.copyOfRange(content, from, content.length);
    if (corrupt && rest.length > 0) {
      rest[0] ^= 1;
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", "" + rest.length);
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
    try (OutputStream body = exchange.getResponseBody()) {
      boolean cut = cuts > 0 && rest.length > 1000;
      if (cut) {
        cuts--;
        body.write(rest, 0, rest.length / 2);
        body.flush();
        throw new IOException("the connection is cut");
      }
      body.write(rest);
    }
  }

  private static void redirect(HttpExchange exchange, String to) throws IOException {
    exchange.getResponseHeaders().set("Location", to);
    exchange.sendResponseHeaders(302, -1);
  }

  private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
    exchange.getResponseHeaders().set("X-Error-Code", code);
    exchange.sendResponseHeaders(status, -1);
  }

  private static void send(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
  }

  static String hash(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
