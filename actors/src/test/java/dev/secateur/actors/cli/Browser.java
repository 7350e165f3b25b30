package dev.secateur.actors.cli;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A Chromium without a window, spoken to by its DevTools protocol over the JDK's own WebSocket:
 * neither a driver nor a library of one is needed for a page that is driven by its own script.
 */
final class Browser implements AutoCloseable {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final Process process;
  private final String address;

  /**
   * @param folder for its profile
   */
  Browser(Path folder) throws IOException {
    process =
        new ProcessBuilder(
                program().orElseThrow().toString(),
                "--headless=new",
                "--no-sandbox", // tests run as root where there is no user else
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(Files.createFile(folder.resolve("output.txt")).toFile())
            .start();
    Path port = folder.resolve("DevToolsActivePort");
    await().atMost(LONG).until(() -> Files.exists(port) && Files.size(port) > 0);
    address = "http://127.0.0.1:" + Files.readAllLines(port).get(0);
  }

  /** Whether there is one; tests with it are skipped where there is none. */
  static boolean isThere() {
    return program().isPresent();
  }

  private static Optional<Path> program() {
    return Stream.of(System.getenv("PATH").split(":"))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A new tab, which has its own session storage. */
  Tab tab() throws Exception {
    HttpRequest opened =
        HttpRequest.newBuilder(URI.create(address + "/json/new"))
            .method("PUT", HttpRequest.BodyPublishers.noBody())
            .build();
    JsonNode tab =
        Json.MAPPER.readTree(
            HttpClient.newHttpClient().send(opened, BodyHandlers.ofString()).body());
    return new Tab(URI.create(tab.get("webSocketDebuggerUrl").asText()));
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    await().atMost(LONG).until(() -> !process.isAlive());
  }

  /** A tab, and what it complained of. */
  static final class Tab implements WebSocket.Listener, AutoCloseable {
    private final AtomicInteger last = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<String> requested = new CopyOnWriteArrayList<>();
    private final List<JsonNode> traced = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> tracingEnded = new CompletableFuture<>();
    private final StringBuilder part = new StringBuilder();
    private final WebSocket socket;

    Tab(URI address) {
      socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, this).join();
      for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
        call(domain + ".enable", Map.of());
      }
    }

    /** What its page said amiss: errors, and what the page's policy kept from being done. */
    List<String> complaints() {
      return complaints;
    }

    /** The addresses that it asked for. */
    List<String> requested() {
      return requested;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean whole) {
      part.append(text);
      if (whole) {
        try {
          heard(Json.MAPPER.readTree(part.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        part.setLength(0);
      }
      from.request(1);
      return null;
    }

    private void heard(JsonNode message) {
      JsonNode what = message.path("params");
      switch (message.path("method").asText()) {
        case "Runtime.exceptionThrown" -> complaints.add(what.get("exceptionDetails").toString());
        case "Log.entryAdded" -> complained(what.get("entry"));
        case "Network.requestWillBeSent" -> requested.add(what.at("/request/url").asText());
        case "Tracing.dataCollected" -> what.get("value").forEach(traced::add);
        case "Tracing.tracingComplete" -> tracingEnded.complete(null);
        default -> {
          CompletableFuture<JsonNode> answer = waiting.remove(message.path("id").asInt());
          if (answer != null) {
            answer.complete(message);
          }
        }
      }
    }

    private void complained(JsonNode entry) {
      if (entry.get("level").asText().equals("error")) {
        complaints.add(entry.get("text").asText());
      }
    }

    private CompletableFuture<JsonNode> send(String method, Object parameters) {
      int id = last.incrementAndGet();
      CompletableFuture<JsonNode> answer = new CompletableFuture<>();
      waiting.put(id, answer);
      ObjectNode message = Json.MAPPER.createObjectNode().put("id", id).put("method", method);
      message.set("params", Json.MAPPER.valueToTree(parameters));
      socket.sendText(message.toString(), true).join();
      return answer;
    }

    JsonNode call(String method, Object parameters) {
      CompletableFuture<JsonNode> answer = send(method, parameters);
      JsonNode answered = answer.orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join();
      if (answered.has("error")) {
        throw new IllegalStateException(method + ": " + answered.get("error"));
      }
      return answered.get("result");
    }

    /** Runs this script before any page's own. */
    void before(String script) {
      call("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    }

    void open(String url) {
      call("Page.navigate", Map.of("url", "about:blank"));
      call("Page.navigate", Map.of("url", url));
    }

    /** The value of an expression; a promise is waited for. */
    JsonNode value(String expression) {
      JsonNode result =
          call(
              "Runtime.evaluate",
              Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
      if (result.has("exceptionDetails")) {
        throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
      }
      return result.get("result").path("value");
    }

    /** Waits until an expression is true. */
    void until(String expression) {
      await()
          .alias(expression)
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(100))
          .ignoreExceptions()
          .until(() -> value("!!(" + expression + ")").asBoolean());
    }

    /** Waits until the page says something. */
    void untilSays(String text) {
      until("document.body.innerText.includes(" + Json.MAPPER.valueToTree(text) + ")");
    }

    /** How many elements there are. */
    int count(String selector) {
      return value("document.querySelectorAll('" + selector + "').length").asInt();
    }

    String text() {
      return value("document.body.innerText").asText();
    }

    /** Clicks what has this text. */
    void click(String selector, String text) {
      String found =
          "[...document.querySelectorAll('%s')].find(e => e.textContent.trim() === %s)"
              .formatted(selector, Json.MAPPER.valueToTree(text));
      until(found);
      value(found + ".click()");
    }

    /** Types into what has the focus, as a keyboard does. */
    void type(String text) {
      call("Input.insertText", Map.of("text", text));
    }

    /** Presses a key. */
    void press(String key, int code) {
      for (String type : List.of("keyDown", "keyUp")) {
        ObjectNode event = Json.MAPPER.createObjectNode().put("type", type).put("key", key);
        event.put("windowsVirtualKeyCode", code).put("code", key);
        if (key.equals("Enter") && type.equals("keyDown")) {
          event.put("text", "\r");
        }
        call("Input.dispatchKeyEvent", event);
      }
    }

    /**
     * How the page is looked at.
     *
     * @param scheme light or dark
     */
    void looksLike(int width, int height, String scheme) {
      call(
          "Emulation.setDeviceMetricsOverride",
          Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
      call(
          "Emulation.setEmulatedMedia",
          Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    void screenshot(Path file) throws IOException {
      JsonNode shot =
          call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
      Files.createDirectories(file.getParent());
      Files.write(file, Base64.getDecoder().decode(shot.get("data").asText()));
    }

    /** Keeps nothing of what was loaded before. */
    void withoutCache() {
      call("Network.setCacheDisabled", Map.of("cacheDisabled", true));
    }

    /** Begins to record the tasks of threads. */
    void trace() {
      call(
          "Tracing.start",
          Map.of(
              "transferMode",
              "ReportEvents",
              "traceConfig",
              Map.of(
                  "includedCategories", List.of("toplevel"), "excludedCategories", List.of("*"))));
    }

    /** Milliseconds of the processor that each task of the page's thread took since. */
    List<Double> tracedTasks() {
      call("Tracing.end", Map.of());
      tracingEnded.orTimeout(2 * LONG.toSeconds(), TimeUnit.SECONDS).join();
      List<String> threads =
          traced.stream()
              .filter(event -> event.path("name").asText().equals("thread_name"))
              .filter(event -> event.at("/args/name").asText().equals("CrRendererMain"))
              .map(Tab::thread)
              .toList();
      return traced.stream()
          .filter(event -> event.path("name").asText().endsWith("RunTask"))
          .filter(event -> threads.contains(thread(event)))
          .map(event -> event.path("tdur").asDouble() / 1000)
          .toList();
    }

    private static String thread(JsonNode event) {
      return event.path("pid").asText() + "/" + event.path("tid").asText();
    }

    @Override
    public void close() {
      send("Page.close", Map.of()); // the tab is gone before it answers, and the socket with it
      socket.abort();
    }
  }
}
