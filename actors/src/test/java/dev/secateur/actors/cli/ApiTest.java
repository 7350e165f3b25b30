package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.http.Tokens;
import dev.secateur.coordinator.json.Json;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is asked of a running coordinator over HTTP, by whoever. */
class ApiTest extends CoordinatorFixture {
  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(30));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder allowed(String path) {
    return request(path).header("Authorization", "Bearer " + token);
  }

  private static HttpRequest.Builder configuration(String query, String text) {
    return allowed("/api/v1/sweeps" + query)
        .header("Content-Type", "application/hocon")
        .POST(BodyPublishers.ofString(text));
  }

  @Test
  void aClientThatLostTheAnswerSubmitsTheSameAgain() throws Exception {
    String text = Files.readString(sweep("keyed", 1));
    JsonNode first = Json.MAPPER.readTree(send(keyed(text)).body());
    awaitStatus(first.get("sweep").asText(), "completed");
    HttpResponse<String> second = send(keyed(text));
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(Json.MAPPER.readTree(second.body()).get("sweep")).isEqualTo(first.get("sweep"));
    assertThat(Json.MAPPER.readTree(second.body()).get("resumed").asBoolean()).isTrue();
  }

  private static HttpRequest.Builder keyed(String text) {
    return configuration("?name=keyed", text).header("Idempotency-Key", "k-1");
  }

  @Test
  void refusesWhoHasNoToken() throws Exception {
    assertThat(send(request("/api/v1/sweeps")).statusCode()).isEqualTo(401);
    assertThat(send(request("/metrics")).statusCode()).isEqualTo(401);
    assertThat(send(request("/api/v1/sweeps").header("Authorization", "Bearer x")).statusCode())
        .isEqualTo(401);
    Instant justNow = Instant.now().minusSeconds(1);
    Files.writeString(
        folder.resolve("tokens"),
        Tokens.line("expired", Optional.of(justNow), Optional.of("bert")) + "\n",
        StandardOpenOption.APPEND);
    assertThat(send(request("/metrics").header("Authorization", "Bearer expired")).statusCode())
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
  void sweepsAreFoundByOwnerLabelsAndNotes() throws Exception {
    Files.writeString(
        folder.resolve("tokens"),
        Tokens.line("hers", Optional.empty(), Optional.of("ana")) + "\n",
        StandardOpenOption.APPEND);
    String text = Files.readString(sweep("hers", 1)) + "labels = [baseline, \"team=vision\"]\n";
    HttpRequest.Builder submission =
        request("/api/v1/sweeps")
            .header("Content-Type", "application/hocon")
            .header("Authorization", "Bearer hers")
            .POST(BodyPublishers.ofString(text));
    String hers = Json.MAPPER.readTree(send(submission).body()).get("sweep").asText();
    String mine =
        done(
                "submit",
                sweep("mine", 1, "0.5").toString(),
                "--label",
                "team=nlp",
                "--label",
                "baseline",
                "--notes",
                "two\nlines <b>",
                "--wait")
            .err()
            .lines()
            .findFirst()
            .orElseThrow()
            .substring("sweep ".length());
    assertThat(listed("--label", "team=nlp")).containsExactly(mine);
    assertThat(listed("--label", "baseline", "--search", "team=")).contains(mine, hers);
    assertThat(listed("--owner", "ana")).containsExactly(hers);
    assertThat(listed("--search", "LINES <B>")).containsExactly(mine);
    String me = "token-" + Files.readString(folder.resolve("tokens")).substring(0, 8);
    assertThat(done("list", "--label", "team=nlp").out())
        .contains("  " + me + ": baseline, team=nlp");
    assertThat(done("status", mine).out())
        .contains("notes     two" + System.lineSeparator() + "notes     lines <b>");
    JsonNode provenance =
        Json.MAPPER.readTree(done("results", mine, "--json").out()).get("provenance");
    assertThat(provenance.get("owner").asText()).isEqualTo(me);
    assertThat(provenance.get("labels").toString())
        .isEqualTo("{\"baseline\":\"\",\"team\":\"nlp\"}");
    assertThat(send(allowed("/api/v1/sweeps/" + mine + "/files/report.html")).body())
        .contains("<dd>baseline, team=nlp</dd>")
        .contains("<dd>two\nlines &lt;b");
    awaitStatus(hers, "completed");
    HttpRequest.Builder retry = allowed("/api/v1/sweeps/" + hers + "/retry");
    assertThat(send(retry.POST(BodyPublishers.noBody())).statusCode()).isEqualTo(201);
    assertThat(status(hers).get("owner").asText())
        .as("who tries it again owns it not")
        .isEqualTo("ana");
    assertThat(status(hers).at("/labels/team").asText()).isEqualTo("vision");
    Cli.Result refused =
        cli.run("submit", sweep("mine", 1).toString(), "--label", "a=" + "x".repeat(10_000));
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("'labels.a' has 10000 characters; allowed are 200");
  }

  private static List<String> listed(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("list", "--json"));
    arguments.addAll(List.of(options));
    List<String> ids = new ArrayList<>();
    Json.MAPPER
        .readTree(done(arguments.toArray(String[]::new)).out())
        .forEach(sweep -> ids.add(sweep.get("sweep").asText()));
    return ids;
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
        Json.MAPPER.readTree(done("results", id.substring("sweep ".length()), "--json").out());
    String recipe = "/api/v1/artifacts/" + results.at("/trials/0/stages/recipe").asText();
    assertThat(send(request(recipe)).statusCode()).isEqualTo(401);
    assertThat(send(allowed(recipe)).statusCode()).isEqualTo(200);
    assertThat(
            Json.MAPPER
                .readTree(send(allowed(recipe + "/manifest?verify=true")).body())
                .get("kind")
                .asText())
        .isEqualTo("pruning");
    assertThat(send(zip(request(recipe))).statusCode()).isEqualTo(401);
    assertThat(send(zip(allowed(recipe))).statusCode()).isEqualTo(403);
    assertThat(send(allowed("/api/v1/artifacts/" + "0".repeat(40))).statusCode()).isEqualTo(404);
    for (String name : List.of("..", "%2e%2e", "..%2F..%2Ftokens", ".state-x", "A".repeat(40))) {
      assertThat(send(allowed("/api/v1/artifacts/" + name)).statusCode()).as(name).isIn(400, 404);
    }
  }

  private static HttpRequest.Builder zip(HttpRequest.Builder request) {
    return request.header("Content-Type", "application/zip").PUT(BodyPublishers.ofString("x"));
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
        assertThat(answer.body()).as(name + " is the sweep itself").contains("\"stages_done\"");
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
              configuration(
                  "", "models = [demo], ratios = [0.5], evaluation { text = \"" + text + "\" }"));
      assertThat(answer.statusCode()).as(text).isEqualTo(400);
      assertThat(answer.body()).contains("not in the folders that this coordinator serves");
    }
    for (String text :
        List.of(
            "include file(\"" + secret + "\")",
            "name = ${PATH}",
            "include url(\"http://127.0.0.1:1/\")")) {
      HttpResponse<String> answer = send(configuration("", text));
      assertThat(answer.statusCode()).as(text).isEqualTo(400);
      assertThat(answer.body()).doesNotContain("secret text").doesNotContain("/usr/bin:");
    }
  }

  /** Often, since an answer that comes before its request has ended is lost now and then. */
  @Test
  void tellsWhoSendsTooMuchThatItIsTooMuch() throws Exception {
    for (int i = 0; i < 20; i++) {
      HttpResponse<String> large = send(configuration("", "#".repeat(20 << 20)));
      assertThat(large.statusCode()).isEqualTo(413);
      assertThat(large.body()).contains("at most 4194304 bytes");
    }
  }

  /** Seeded, so that what fails fails again. */
  @Test
  void aThousandBrokenConfigurationsAreAnsweredAsSuch() throws Exception {
    List<String> texts =
        List.of(
            "models = [demo], ratios = [0.25, 0.5], criteria = [l2], seed = 1, attempts = 2\n",
            "{\"models\": [\"demo\"], \"ratios\": [0.25, 0.5], \"criteria\": [\"l2\"], \"seed\": 1}\n");
    Random random = new Random(11);
    HttpClient client = HttpClient.newHttpClient();
    List<String> begun = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      String mutant = mutated(texts.get(i % texts.size()), random);
      HttpResponse<String> answer =
          client.send(configuration("", mutant).build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(mutant).isIn(200, 201, 400);
      JsonNode body = Json.MAPPER.readTree(answer.body());
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
}
