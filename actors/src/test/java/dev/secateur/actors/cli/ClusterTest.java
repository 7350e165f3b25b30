package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator as a process of its own, and what its clients ask of it; the drained worker last.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LONG = Duration.ofMinutes(2);

  @TempDir static Path folder;
  private static Cli cli;
  private static Cli.Running node;
  private static String url;
  private static String token;

  @BeforeAll
  static void startACoordinatorWithTwoWorkers() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    url = "http://127.0.0.1:" + port;
    Path tokens = folder.resolve("tokens");
    token = new Cli(folder).run("token", tokens.toString(), "--days", "1").out().strip();
    assertThat(Files.readString(tokens)).doesNotContain(token);
    Path served = Files.createDirectories(folder.resolve("served"));
    cli =
        new Cli(
            folder,
            Map.of(
                "SECATEUR_URL", url,
                "SECATEUR_TOKEN", token,
                "SECATEUR_HTTP_TOKENS", tokens.toString()));
    Path settings =
        Files.writeString(
            folder.resolve("node.conf"), "secateur.http.roots = [\"" + served + "\"]\n");
    node =
        cli.start(
            "node",
            "--role",
            "coordinator,gpu-worker",
            "--workers",
            "2",
            "--http-port",
            "" + port,
            "--config",
            settings.toString(),
            "--work",
            folder.resolve("work").toString());
    await().atMost(LONG).until(() -> Files.readString(node.err()).contains("API: " + url));
  }

  @AfterAll
  static void stop() throws Exception {
    node.signal("TERM");
    node.await();
  }

  /** A sweep of one recovery that takes as long as its steps. */
  private static Path sweep(String name, int steps) throws IOException {
    return sweep(name, steps, "0.25");
  }

  private static Path sweep(String name, int steps, String ratios) throws IOException {
    return Files.writeString(
        folder.resolve(name + ".conf"),
        """
        name = %s
        models = [demo], ratios = [%s], criteria = [l2]
        recovery { template = plain, steps = %d, batch = 2, micro-batch = 2, cutoff = 32 }
        evaluation { window = 32, windows = 2 }
        """
            .formatted(name, ratios, steps));
  }

  private static Cli.Result done(String... arguments) throws Exception {
    Cli.Result result = cli.run(arguments);
    assertThat(result.code()).as(String.join(" ", arguments) + ": " + result.err()).isZero();
    return result;
  }

  private static JsonNode status(String id) throws Exception {
    return JSON.readTree(done("status", id, "--json").out());
  }

  private static void awaitStatus(String id, String status) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> status(id).get("status").asText().equals(status));
  }

  @Test
  void runsASubmittedSweepAndGivesItsResults() throws Exception {
    Cli.Result waited = done("submit", sweep("waited", 2).toString(), "--wait");
    assertThat(waited.out()).contains("ppl recovered");
    String id = waited.err().lines().findFirst().orElseThrow().substring("sweep ".length());
    assertThat(done("list").out()).contains(id).contains("completed");
    assertThat(done("results", id, "--csv").out()).startsWith("trial,model");
    assertThat(JSON.readTree(done("results", id, "--json").out()).get("trials")).hasSize(1);
    Path plots = folder.resolve("plots");
    done("results", id, "--plots", plots.toString());
    assertThat(plots).isDirectoryContaining("glob:**.png").isDirectoryContaining("glob:**.conf");

    List<JsonNode> events = new ArrayList<>();
    for (String line : done("events", "--sweep", id, "--json").out().lines().toList()) {
      events.add(JSON.readTree(line));
    }
    List<Long> numbers = events.stream().map(event -> event.get("sequence").asLong()).toList();
    assertThat(numbers).isSorted().doesNotHaveDuplicates();
    assertThat(events.get(0).get("event").asText()).isEqualTo("sweep-submitted");
    assertThat(events.get(events.size() - 1).get("event").asText()).isEqualTo("sweep-completed");
    long middle = numbers.get(numbers.size() / 2);
    assertThat(done("events", "--sweep", id, "--since", "" + middle, "--json").out().lines())
        .hasSize(numbers.size() - numbers.size() / 2 - 1);
    assertThat(done("retry", id).out()).contains(id);
    awaitStatus(id, "completed");
  }

  @Test
  void followsProgressNodesAndWorkersToo() throws Exception {
    Cli.Running following = cli.start("events", "--follow", "--json", "--since", "999999");
    String id = done("submit", sweep("followed", 60).toString()).out().strip();
    awaitStatus(id, "completed");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              List<String> events = new ArrayList<>();
              for (String line : Files.readAllLines(following.out())) {
                JsonNode event = JSON.readTree(line);
                assertThat(event.has("sequence")).as(line).isFalse();
                events.add(event.get("event").asText());
              }
              return events.containsAll(
                  List.of("stage-started", "stage-progress", "worker-busy", "worker-idle"));
            });
    following.signal("TERM");
    following.await();
    String log =
        Files.readString(
            Path.of(
                Files.readString(node.err())
                    .lines()
                    .filter(line -> line.startsWith("event log: "))
                    .findFirst()
                    .orElseThrow()
                    .substring("event log: ".length())));
    assertThat(log)
        .contains("\"event\":\"node-up\"")
        .contains("\"event\":\"leader-changed\"")
        .contains("\"event\":\"coordinator-started\"")
        .contains("\"event\":\"worker-registered\"")
        .contains("\"event\":\"stage-completed\"");
  }

  @Test
  void triesWhatHasFailedAgainWhileTheRestGoesOn() throws Exception {
    Path demo = folder.resolve("work/models/demo");
    String holding =
        done("submit", sweep("holding", 1_000_000, "0.25, 0.5").toString()).out().strip();
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> done("workers").out().split("recovery of " + holding, -1).length == 3);
    Path other = Files.createDirectories(folder.resolve("served/other"));
    for (Path file : Files.list(demo).filter(Files::isRegularFile).toList()) {
      Files.copy(file, other.resolve(file.getFileName()));
    }
    Files.writeString(other.resolve("config.json"), "\n", StandardOpenOption.APPEND);
    Path config =
        Files.writeString(
            folder.resolve("failing.conf"),
            """
            name = failing
            models = ["%s", demo], ratios = [0.25], criteria = [l1]
            recovery { template = plain, steps = 1000000, batch = 2, micro-batch = 2, cutoff = 32 }
            evaluation { window = 32, windows = 2 }
            """
                .formatted(other));
    Path weights = other.resolve("model.safetensors");
    Path aside = other.resolve("aside");
    String id = done("submit", config.toString()).out().strip();
    Files.move(weights, aside); // no worker has read them: both are held elsewhere
    done("cancel", holding);
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> status(id).get("trialsFailed").asInt() == 1);
    Files.move(aside, weights);
    assertThat(status(id).get("status").asText()).isEqualTo("running");
    assertThat(cli.run("retry", id).err()).contains("only what has failed can be tried again");
    done("retry", id, "--failed");
    assertThat(status(id).get("trialsFailed").asInt()).isZero();
    assertThat(done("events", "--sweep", id).out()).contains("trials-retried");
    done("cancel", id);
    assertThat(cli.run("retry", id, "--failed").err()).contains("more than what has failed");
  }

  @Test
  void pausesResumesStopsCancelsAndRetries() throws Exception {
    String id = done("submit", sweep("long", 1_000_000).toString()).out().strip();
    done("pause", id);
    assertThat(status(id).get("status").asText()).isEqualTo("paused");
    done("resume", id);
    awaitStatus(id, "running");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> done("workers").out().contains("recovery of " + id));
    String again = done("submit", sweep("long", 1_000_000).toString()).out().strip();
    assertThat(again).as("the same work is the same sweep").isEqualTo(id);
    assertThat(cli.run("retry", id).err()).contains("it has not ended");
    done("stop", id);
    assertThat(status(id).get("status").asText()).isEqualTo("stopping");
    done("cancel", id);
    assertThat(status(id).get("status").asText()).isEqualTo("cancelled");
    assertThat(cli.run("pause", id).code()).isEqualTo(2);
    assertThat(cli.run("status", "nothing").err()).contains("no sweep nothing");
    done("retry", id);
    assertThat(status(id).get("status").asText()).isEqualTo("running");
    done("cancel", id);
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(30));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder allowed(String path) {
    return request(path).header("Authorization", "Bearer " + token);
  }

  @Test
  void aClientThatLostTheAnswerSubmitsTheSameAgain() throws Exception {
    String text = Files.readString(sweep("keyed", 1));
    JsonNode first = JSON.readTree(send(keyed(text)).body());
    awaitStatus(first.get("sweep").asText(), "completed");
    HttpResponse<String> second = send(keyed(text));
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(JSON.readTree(second.body()).get("sweep")).isEqualTo(first.get("sweep"));
    assertThat(JSON.readTree(second.body()).get("resumed").asBoolean()).isTrue();
  }

  private static HttpRequest.Builder keyed(String text) {
    return allowed("/api/v1/sweeps?name=keyed")
        .header("Idempotency-Key", "k-1")
        .POST(BodyPublishers.ofString(text));
  }

  @Test
  void refusesWhoHasNoToken() throws Exception {
    assertThat(send(request("/api/v1/sweeps")).statusCode()).isEqualTo(401);
    assertThat(send(request("/metrics")).statusCode()).isEqualTo(401);
    assertThat(send(request("/api/v1/sweeps").header("Authorization", "Bearer x")).statusCode())
        .isEqualTo(401);
    assertThat(send(request("/health")).statusCode()).isEqualTo(200);
    assertThat(send(request("/ready")).statusCode()).isEqualTo(200);
    assertThat(send(request("/openapi.yaml")).body()).startsWith("openapi: 3");
    assertThat(send(allowed("/metrics")).body())
        .contains("secateur_workers{state=\"idle\"}")
        .contains("secateur_stages{state=\"queued\"}")
        .contains("jvm_memory_used_bytes");
  }

  @Test
  void givesArtifactsToWhoMayUseItAndTakesThemFromWorkersOnly() throws Exception {
    String id =
        done("submit", sweep("kept", 1).toString(), "--wait")
            .err()
            .lines()
            .findFirst()
            .orElseThrow();
    JsonNode results =
        JSON.readTree(done("results", id.substring("sweep ".length()), "--json").out());
    String recipe = "/api/v1/artifacts/" + results.at("/trials/0/stages/recipe").asText();
    assertThat(send(request(recipe)).statusCode()).isEqualTo(401);
    assertThat(send(allowed(recipe)).statusCode()).isEqualTo(200);
    assertThat(
            JSON.readTree(send(allowed(recipe + "/manifest?verify=true")).body())
                .get("kind")
                .asText())
        .isEqualTo("pruning");
    assertThat(send(request(recipe).PUT(BodyPublishers.ofString("x"))).statusCode()).isEqualTo(401);
    assertThat(send(allowed(recipe).PUT(BodyPublishers.ofString("x"))).statusCode()).isEqualTo(403);
    assertThat(send(allowed("/api/v1/artifacts/" + "0".repeat(40))).statusCode()).isEqualTo(404);
    for (String name : List.of("..", "%2e%2e", "..%2F..%2Ftokens", ".state-x", "A".repeat(40))) {
      assertThat(send(allowed("/api/v1/artifacts/" + name)).statusCode()).as(name).isIn(400, 404);
    }
  }

  @Test
  void neverLeavesItsFolders() throws Exception {
    String id =
        done("submit", sweep("kept", 1).toString(), "--wait")
            .err()
            .lines()
            .findFirst()
            .orElseThrow()
            .substring("sweep ".length());
    for (String name :
        List.of("..%2F..%2Ftokens", "%2e%2e", "..", "%2Fetc%2Fpasswd", ".sweep.conf.part")) {
      HttpResponse<String> answer = send(allowed("/api/v1/sweeps/" + id + "/files/" + name));
      if (answer.statusCode() == 200) {
        assertThat(answer.body()).as(name + " is the sweep itself").contains("\"stagesDone\"");
      } else {
        assertThat(answer.statusCode()).as(name).isBetween(400, 404);
      }
    }
    Path secret = Files.writeString(folder.resolve("secret.txt"), "secret text");
    Path link = folder.resolve("served/link.txt");
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, secret);
    for (String text :
        List.of(secret.toString(), link.toString(), folder + "/served/../secret.txt")) {
      HttpResponse<String> answer =
          send(
              allowed("/api/v1/sweeps")
                  .POST(
                      BodyPublishers.ofString(
                          "models = [demo], ratios = [0.5], evaluation { text = \""
                              + text
                              + "\" }")));
      assertThat(answer.statusCode()).as(text).isEqualTo(400);
      assertThat(answer.body()).contains("not in the folders that this coordinator serves");
    }
    for (String text :
        List.of(
            "include file(\"" + secret + "\")",
            "name = ${PATH}",
            "include url(\"http://127.0.0.1:1/\")")) {
      HttpResponse<String> answer =
          send(allowed("/api/v1/sweeps").POST(BodyPublishers.ofString(text)));
      assertThat(answer.statusCode()).as(text).isEqualTo(400);
      assertThat(answer.body()).doesNotContain("secret text").doesNotContain("/usr/bin:");
    }
    HttpResponse<String> large =
        send(allowed("/api/v1/sweeps").POST(BodyPublishers.ofString("#".repeat(5 << 20))));
    assertThat(large.statusCode()).isEqualTo(413);
  }

  /** Seeded, so that what fails fails again. */
  @Test
  void aThousandBrokenConfigurationsAreAnsweredAsSuch() throws Exception {
    String text =
        "models = [demo], ratios = [0.25, 0.5], criteria = [l2], seed = 1, attempts = 2\n";
    Random random = new Random(11);
    HttpClient client = HttpClient.newHttpClient();
    List<String> begun = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      String mutant = mutated(text, random);
      HttpResponse<String> answer =
          client.send(
              allowed("/api/v1/sweeps").POST(BodyPublishers.ofString(mutant)).build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(mutant).isIn(200, 201, 400);
      JsonNode body = JSON.readTree(answer.body());
      if (answer.statusCode() == 400) {
        assertThat(body.get("errors")).as(mutant).isNotEmpty();
      } else {
        begun.add(body.get("sweep").asText());
        send(
            allowed("/api/v1/sweeps/" + body.get("sweep").asText() + "/cancel")
                .POST(BodyPublishers.noBody()));
      }
    }
    assertThat(begun.size()).as("some mutants are sweeps still").isBetween(1, 400);
  }

  private static String mutated(String text, Random random) {
    StringBuilder mutant = new StringBuilder(text);
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(mutant.length());
      switch (random.nextInt(3)) {
        case 0 -> mutant.deleteCharAt(at);
        case 1 -> mutant.insert(at, (char) (32 + random.nextInt(200)));
        default -> mutant.setCharAt(at, "{}[]=,.\"\\#$\n0x".charAt(random.nextInt(14)));
      }
    }
    return mutant.toString();
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void aDrainedWorkerGetsNoMoreTasks() throws Exception {
    assertThat(cli.run("drain", "nobody").err()).contains("there is no worker nobody");
    JsonNode workers = JSON.readTree(done("workers", "--json").out());
    List<String> names = new ArrayList<>();
    workers.forEach(worker -> names.add(worker.get("name").asText()));
    assertThat(names).containsExactlyInAnyOrder("local/1", "local/2");
    done("drain", "local/2");
    String id =
        done("submit", sweep("drained", 1).toString(), "--wait")
            .err()
            .lines()
            .findFirst()
            .orElseThrow()
            .substring("sweep ".length());
    String events =
        done("events", "--sweep", id)
            .out()
            .lines()
            .filter(line -> line.contains(" stage-leased "))
            .collect(Collectors.joining("\n"));
    assertThat(events).contains("worker=local/1").doesNotContain("worker=local/2");
    assertThat(done("workers").out()).contains("draining, idle");
  }
}
