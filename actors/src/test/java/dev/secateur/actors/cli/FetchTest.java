package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import dev.secateur.actors.client.FakeNode;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command, and an API that sends files as a test says. */
class FetchTest {
  private static final byte[] WEIGHTS = new byte[400_000];

  static {
    new Random(3).nextBytes(WEIGHTS);
  }

  @TempDir private Path folder;
  private final Map<String, byte[]> files = new TreeMap<>();
  private final List<String> ranges = new CopyOnWriteArrayList<>();
  private final List<String> posted = new CopyOnWriteArrayList<>();
  private String place = "worker";
  private String trial = "";
  private int cuts;
  private FakeNode api;

  @BeforeEach
  void start() throws IOException {
    files.put("deep/model 1.safetensors", WEIGHTS);
    files.put("config.json", "{}".getBytes(StandardCharsets.UTF_8));
    files.put("empty", new byte[0]);
    api = new FakeNode((exchange, request, count) -> answer(exchange, request));
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void answer(HttpExchange exchange, String request) throws IOException {
    String path = request.replaceFirst("^[A-Z]+ ", "");
    if (request.startsWith("POST")) {
      posted.add(path);
      place = "store";
      FakeNode.answer(exchange, 200, "{\"sweep\": \"s-1\"}");
    } else if (path.equals("/api/v1/sweeps/s-1")) {
      FakeNode.answer(exchange, 200, "{\"status\": \"completed\"}");
    } else if (path.equals("/api/v1/sweeps/s-1/results")) {
      FakeNode.answer(exchange, 200, "{\"trials\": [{\"trial\": 2" + trial + "}]}");
    } else if (path.equals("/api/v1/sweeps/s-1/artifacts?trial=2")) {
      FakeNode.answer(
          exchange,
          200,
          """
          [{"trial": 2, "artifacts": {
            "checkpoint": {"stage": "aaaa", "place": "%s", "worker": "host/cpu"},
            "recipe": {"stage": "bbbb", "place": "store"}}}]
          """
              .formatted(place));
    } else if (path.endsWith("/manifest")) {
      FakeNode.answer(exchange, 200, manifest());
    } else if (path.contains("/files/")) {
      file(exchange, path.replaceFirst(".*/files/", ""));
    } else {
      FakeNode.answer(exchange, 404, "{\"errors\": [\"no such thing: " + path + "\"]}");
    }
  }

  private String manifest() {
    List<String> said = new ArrayList<>();
    files.forEach(
        (name, bytes) ->
            said.add(
                "\"%s\": {\"sha256\": \"%s\", \"bytes\": %d}"
                    .formatted(name, hash(bytes), bytes.length)));
    return "{\"files\": {" + String.join(", ", said) + "}}";
  }

  private String hash(byte[] bytes) {
    try {
      return Sha256.of(Files.write(folder.resolve("hashed"), bytes));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void file(HttpExchange exchange, String escaped) throws IOException {
    byte[] content = files.get(URLDecoder.decode(escaped, StandardCharsets.UTF_8));
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    ranges.add(escaped + (range == null ? "" : " " + range));
    byte[] rest = Arrays.copyOfRange(content, from, content.length);
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length == 0 ? -1 : rest.length);
    if (rest.length == 0) {
      return;
    }
    OutputStream body = exchange.getResponseBody();
    if (cuts > 0 && rest.length > 1000) {
      cuts--;
      body.write(rest, 0, 100_000);
      body.flush();
      throw new IOException("cut off");
    }
    body.write(rest);
    body.close();
  }

  private Cli.Result fetch(String... options) {
    List<String> all = new ArrayList<>(List.of("fetch", "s-1", "2", "--out", out().toString()));
    all.addAll(List.of("--url", api.url()));
    all.addAll(List.of(options));
    return Cli.here(all.toArray(String[]::new));
  }

  private Path out() {
    return folder.resolve("out");
  }

  private void assertWhole(String name) {
    Path there = out().resolve(name);
    assertThat(there.resolve("deep/model 1.safetensors")).hasBinaryContent(WEIGHTS);
    assertThat(there.resolve("config.json")).hasContent("{}");
    assertThat(there.resolve("empty")).isEmptyFile();
    assertThat(there.resolve("artifact.json")).isRegularFile();
  }

  @Test
  void bringsEachArtifactIntoAFolderOfItsName() throws IOException {
    Cli.Result result = fetch("--json");
    assertThat(result.code()).as(result.err()).isZero();
    assertWhole("checkpoint");
    assertWhole("recipe");
    try (var there = Files.list(out())) {
      assertThat(there).hasSize(2);
    }
    JsonNode told = Json.MAPPER.readTree(result.out());
    assertThat(told.at("/fetched/0/name").asText()).isEqualTo("checkpoint");
    assertThat(told.at("/fetched/0/stage").asText()).isEqualTo("aaaa");
    assertThat(told.at("/fetched/0/bytes").asLong()).isEqualTo(400_002);
    assertThat(result.err()).contains("deep/model 1.safetensors: 400.0 of 400.0 kB");
    assertThat(result.err()).contains("trial 2 has no adapter: a 'recovery' section");
  }

  @Test
  void goesOnAfterTheLastByteWhereAConnectionIsCut() {
    cuts = 3;
    Cli.Result result = fetch("--only", "checkpoint");
    assertThat(result.code()).as(result.err()).isZero();
    assertWhole("checkpoint");
    assertThat(ranges).contains("deep/model%201.safetensors");
    String resumed = "deep/model%201.safetensors bytes=";
    List<Integer> starts =
        ranges.stream()
            .filter(range -> range.startsWith(resumed))
            .map(range -> Integer.parseInt(range.substring(resumed.length(), range.length() - 1)))
            .toList();
    // A connection that is cut may lose the last bytes that were sent.
    assertThat(starts).hasSize(3).doesNotHaveDuplicates().isSorted();
    assertThat(starts.get(0)).isBetween(1, 100_000);
  }

  @Test
  void theSameCommandGoesOnWhereAnEarlierOneWasKilled() throws IOException {
    Path part = Files.createDirectories(out().resolve(".checkpoint.part/deep"));
    Files.writeString(out().resolve(".checkpoint.part/artifact.json"), manifest());
    Files.write(part.resolve("model 1.safetensors.part"), Arrays.copyOf(WEIGHTS, 150_000));
    Files.writeString(out().resolve(".checkpoint.part/config.json"), "{}");
    Cli.Result result = fetch("--only", "checkpoint");
    assertThat(result.code()).as(result.err()).isZero();
    assertWhole("checkpoint");
    assertThat(ranges).containsExactly("deep/model%201.safetensors bytes=150000-");
    assertThat(out().resolve(".checkpoint.part")).doesNotExist();
    ranges.clear();
    assertThat(fetch("--only", "checkpoint").code()).isZero();
    assertThat(ranges).as("all is there").isEmpty();
  }

  @Test
  void bringsAgainWhatHasGoneOrWasDamagedSince() throws IOException {
    assertThat(fetch("--only", "checkpoint").code()).isZero();
    Path there = out().resolve("checkpoint");
    Files.delete(there.resolve("config.json"));
    byte[] damaged = WEIGHTS.clone();
    damaged[7]++;
    Files.write(there.resolve("deep/model 1.safetensors"), damaged);
    Files.writeString(there.resolve("notes.txt"), "mine");
    ranges.clear();
    Cli.Result result = fetch("--only", "checkpoint");
    assertThat(result.code()).as(result.err()).isZero();
    assertWhole("checkpoint");
    assertThat(ranges).containsExactly("config.json", "deep/model%201.safetensors");
    assertThat(there.resolve("notes.txt")).hasContent("mine");
  }

  @Test
  void beginsAnewWhereThePartIsOfSomethingElse() throws IOException {
    Files.createDirectories(out().resolve(".checkpoint.part"));
    Files.writeString(out().resolve(".checkpoint.part/artifact.json"), "{}");
    Files.writeString(out().resolve(".checkpoint.part/other"), "x");
    assertThat(fetch("--only", "checkpoint").code()).isZero();
    assertWhole("checkpoint");
    assertThat(out().resolve("checkpoint/other")).doesNotExist();
  }

  @Test
  void keepsNothingWhoseHashIsNotTheManifests() throws IOException {
    Path part = Files.createDirectories(out().resolve(".checkpoint.part"));
    Files.writeString(part.resolve("artifact.json"), manifest());
    Files.createDirectories(part.resolve("deep"));
    Files.write(part.resolve("deep/model 1.safetensors.part"), new byte[1000]);
    Cli.Result result = fetch("--only", "checkpoint");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("model 1.safetensors: the received file has SHA-256");
    assertThat(out().resolve("checkpoint")).doesNotExist();
    assertThat(fetch("--only", "checkpoint").code()).isZero();
    assertWhole("checkpoint");
  }

  @Test
  void takesNoMoreOfTheNetworkThanItMay() {
    long start = System.nanoTime();
    assertThat(fetch("--only", "checkpoint", "--limit", "200kB").code()).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1900));
    assertWhole("checkpoint");
  }

  @Test
  void saysWhatIsLostAndWhatComputesItAgain() {
    place = "none";
    Cli.Result result = fetch();
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("checkpoint of trial 2 is lost: no store and no worker has it")
        .contains("'secateur retry s-1' recomputes only what is lost");
    assertWhole("recipe");
    assertThat(posted).isEmpty();
  }

  @Test
  void computesWhatIsLostAgainWhereThatIsAskedFor() {
    place = "none";
    Cli.Result result = fetch("--compute");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(posted).containsExactly("/api/v1/sweeps/s-1/retry");
    assertWhole("checkpoint");
  }

  @Test
  void saysWhichSettingMakesWhatThereIsNot() {
    Cli.Result result = fetch("--only", "adapter");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("trial 2 has no adapter: a 'recovery' section");
    place = "none";
    trial = ", \"not_recovered\": \"perplexity 70.0 is over 60.0\"";
    assertThat(fetch("--only", "checkpoint").err())
        .contains("has no checkpoint: it was not recovered: perplexity 70.0 is over 60.0");
  }

  @Test
  void refusesWhatItDoesNotKnowAndFoldersOfSomethingElse() throws IOException {
    assertThat(fetch("--only", "weights").err())
        .contains(
            "--only has 'weights', not one of checkpoint, adapter, recipe, compensation, scores");
    assertThat(fetch("--limit", "fast").err()).contains("--limit");
    Files.createDirectories(out().resolve("checkpoint"));
    assertThat(fetch("--only", "checkpoint").err()).contains("something else exists there already");
  }
}
