package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API does not do, on the wire: each with the body that openapi.yaml promises. */
class RefusalsTest {
  private static final String SWEEP = "models = [a], ratios = [0.5], criteria = [l2]";
  private static final String ARTIFACT = "/api/v1/artifacts/" + "0".repeat(40);

  @TempDir static Path folder;
  private static ApiServer api;

  @BeforeAll
  static void start() {
    api = new ApiServer(folder, new FakeSources("/models"));
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static String problem(ApiServer.Answer answer, int status) throws IOException {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.head()).containsIgnoringCase("Content-Type: application/json");
    JsonNode errors = Json.MAPPER.readTree(answer.body()).get("errors");
    assertThat(errors).as(answer.body()).isNotEmpty();
    String problem = errors.get(0).asText();
    assertThat(problem).isNotBlank().doesNotContain("Exception").doesNotContain("\n");
    return problem;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET | /nowhere | 404 | could not be found",
        "GET | /api/v1/nowhere | 404 | could not be found",
        "GET | /api/v1/sweeps/none | 404 | no sweep none",
        "GET | /api/v1/sweeps/a%00b | 404 | no sweep a\\u0000b",
        "GET | /api/v1/sweeps/none/files/x | 404 | no sweep none",
        "POST | /api/v1/sweeps/none/dance | 404 | could not be found",
        "GET | /api/v1/sweeps/none/dance | 404 | could not be found",
        "GET | /api/v1/sweeps/none/pause | 405 | supported methods: POST",
        "POST | /api/v1/sweeps/none/cancel?dry_run=true | 400 | unknown parameter 'dry_run'; none",
        "GET | /api/v1/sweeps/none?x=1 | 400 | unknown parameter 'x'",
        "GET | /api/v1/sweeps/none/plan?x=1 | 400 | unknown parameter 'x'",
        "GET | /api/v1/sweeps/none/trials/0?x=1 | 400 | unknown parameter 'x'",
        "GET | /api/v1/sweeps/none/disk?x=1 | 400 | unknown parameter 'x'",
        "DELETE | /api/v1/sweeps | 405 | supported methods: GET, POST",
        "GET | /api/v1/workers/drain | 405 | supported methods: POST",
        "BREW | /health | 501 | method",
        "POST | /api/v1/workers/drain | 400 | parameter 'name'",
        "POST | /api/v1/workers/drain?nmae=x | 400 | unknown parameter 'nmae'; allowed are name",
        "POST | /api/v1/workers/drain?name=%00 | 409 | there is no worker",
        "POST | /api/v1/sweeps/none/retry?failed=yes | 400 | failed is 'yes'; it must be true"
            + " or false",
        "GET | /api/v1/events?follow=no | 400 | follow is 'no'",
        "GET | /api/v1/events?since=-1 | 400 | the sequence number is '-1'",
        "GET | /api/v1/events?until=9 | 400 | unknown parameter 'until'",
        "GET | /api/v1/artifacts/x%00 | 400 | 'x\\u0000' is not the key",
        "GET | /api/v1/artifacts/0000000000000000000000000000000000000000 | 404 | no artifact",
        "GET | /%zz | 400 | Illegal request-target",
        "GET | /health?a=%zz | 400 | Illegal",
      })
  void answersWithTheDocumentedBody(String method, String path, int status, String complaint)
      throws IOException {
    assertThat(problem(api.send(method, path, Map.of(), ""), status)).contains(complaint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?name= | the name is ''",
        "?name=a%00b | the name is 'a\\u0000b'",
        "?priority=0 | the priority is '0'",
        "?priority=99999999999999999999 | allowed is 1 to 9999",
        "?colour=red | unknown parameter 'colour'; allowed are name, priority"
      })
  void refusesWhatStandsBesideAConfiguration(String query, String complaint) throws IOException {
    Map<String, String> hocon = Map.of("Content-Type", "application/hocon");
    assertThat(problem(api.send("POST", "/api/v1/sweeps" + query, hocon, SWEEP), 400))
        .contains(complaint);
  }

  @Test
  void answersWhatIsNoHttpAtAll() throws IOException {
    problem(api.raw("this is no request at all\r\n\r\n"), 501);
    problem(api.raw("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"), 505);
    problem(api.raw("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), 400);
    problem(api.raw("GET /" + "x".repeat(100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"), 414);
    problem(
        api.raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(100_000) + "\r\n\r\n"),
        431);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://evil.example",
        "https://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:PORT",
        "http://127.0.0.1:PORT.evil.example",
        "null",
        "file://",
        "chrome-extension://abc"
      })
  void refusesPagesOfOtherSites(String origin) throws IOException {
    String from = origin.replace("PORT", "" + api.port());
    Map<String, String> headers = Map.of("Origin", from, "Content-Type", "application/hocon");
    assertThat(problem(api.send("POST", "/api/v1/sweeps", headers, SWEEP), 403))
        .contains("may not use this API");
    assertThat(problem(api.send("GET", "/api/v1/sweeps", headers, ""), 403)).isNotBlank();
    problem(api.send("POST", "/api/v1/sweeps/x/cancel", Map.of("Origin", from), ""), 403);
  }

  @Test
  void takesPagesOfItsOwn() throws IOException {
    String own = "http://127.0.0.1:" + api.port();
    assertThat(api.send("GET", "/api/v1/sweeps", Map.of("Origin", own), "").status())
        .isEqualTo(200);
    Map<String, String> proxied =
        Map.of("Host", "proxy.example", "Origin", "https://proxy.example");
    assertThat(api.send("GET", "/api/v1/sweeps", proxied, "").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:7420",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "0.0.0.0",
        "8.8.8.8",
        "[2001:db8::1]",
        "2130706433"
      })
  void refusesToGoByAnotherName(String host) throws IOException {
    assertThat(problem(api.send("GET", "/health", Map.of("Host", host), ""), 421))
        .contains("does not have the name")
        .contains("secateur.http.hosts");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LOCALHOST:80", "127.0.0.1:1234", "[::1]:7420", "proxy.example:443"})
  void goesByItsOwnNames(String host) throws IOException {
    assertThat(api.send("GET", "/health", Map.of("Host", host), "").status()).isEqualTo(200);
  }

  @Test
  void refusesAnotherSiteInTheAddressOfTheRequestToo() throws IOException {
    problem(
        api.raw(
            "GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        400); // the framework wants both to agree
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "text/plain; charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/zip",
        "nonsense"
      })
  void refusesBodiesThatAreNotDeclared(String type) throws IOException {
    Map<String, String> headers = Map.of("Content-Type", type);
    problem(api.send("POST", "/api/v1/sweeps", headers, SWEEP), 415);
    problem(api.send("POST", "/api/v1/sweeps/x/cancel", headers, "x"), 415);
    problem(api.send("PUT", "/api/v1/sweeps", headers, SWEEP), 415);
  }

  @Test
  void refusesBodiesWithoutATypeAndFormsWithoutABody() throws IOException {
    problem(api.send("POST", "/api/v1/sweeps", Map.of(), SWEEP), 415);
    Map<String, String> form = Map.of("Content-Type", "application/x-www-form-urlencoded");
    problem(api.send("POST", "/api/v1/sweeps/x/cancel", form, ""), 415);
    problem(api.send("POST", "/api/v1/workers/drain?name=x", form, ""), 415);
  }

  @Test
  void takesConfigurationsAsHoconAndAsJson() throws IOException {
    assertThat(api.submit(SWEEP).status()).isEqualTo(201);
    String json = "{\"models\": [\"b\"], \"ratios\": [0.5], \"criteria\": [\"l2\"]}";
    Map<String, String> type = Map.of("Content-Type", "application/json; charset=UTF-8");
    assertThat(api.send("POST", "/api/v1/sweeps", type, json).status()).isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/zip", "application/octet-stream"})
  void takesArtifactsOfNodes(String type) throws IOException {
    Map<String, String> headers = Map.of("Content-Type", type, "Authorization", "Bearer pass");
    assertThat(api.send("PUT", ARTIFACT, headers, "zip").status()).isEqualTo(201);
    problem(api.send("PUT", ARTIFACT, Map.of("Content-Type", type), "zip"), 403);
  }

  @Test
  void refusesWhatIsTooLargeOrNoText() throws IOException {
    assertThat(problem(api.submit("#".repeat((4 << 20) + 1)), 413)).contains("at most 4194304");
    Map<String, String> headers = Map.of("Content-Type", "application/hocon");
    assertThat(problem(api.submit("models = [a], ratios = [1e400]"), 400))
        .isEqualTo("sweep:1: 'ratios[0]' is 1e400, which is beyond what a 64-bit number holds");
    assertThat(problem(api.submit("a = " + "[".repeat(20_000)), 400)).contains("100 levels");
    assertThat(problem(api.submit("evaluation.text = hash.jsonl#story"), 400))
        .contains("sweep:1: 'evaluation.text' is cut before '#story'");
    assertThat(problem(api.send("POST", "/api/v1/sweeps", keyed("k".repeat(201)), SWEEP), 400))
        .contains("Idempotency-Key");
    assertThat(headers).hasSize(1);
  }

  private static Map<String, String> keyed(String key) {
    return Map.of("Content-Type", "application/hocon", "Idempotency-Key", key);
  }

  /** Seeded, so that what fails fails again. */
  @Test
  void answersRubbishWithNothingButDocumentedBodies() throws IOException {
    Random random = new Random(5);
    List<String> methods = List.of("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD");
    List<String> parts =
        List.of(
            "api",
            "v1",
            "sweeps",
            "workers",
            "drain",
            "events",
            "artifacts",
            "retry",
            "files",
            "results",
            "manifest",
            "",
            ".",
            "..",
            "%00",
            "%2e%2e%2f",
            "%ff",
            "a b".replace(' ', '+'),
            "0".repeat(40),
            "x".repeat(500),
            "%F0%9F%98%80",
            "%ED%A0%80");
    List<String> queries =
        List.of(
            "",
            "?",
            "?follow=false",
            "?since=x",
            "?name=%00",
            "?failed=%ff",
            "?=",
            "?a=b&a=c",
            "?relay=maybe",
            "?sweep=%00&follow=false",
            "?priority=1e9");
    for (int i = 0; i < 400; i++) {
      List<String> path = new ArrayList<>(List.of("", "api", "v1"));
      for (int j = random.nextInt(5); j >= 0; j--) {
        path.add(parts.get(random.nextInt(parts.size())));
      }
      String target =
          String.join("/", path.subList(random.nextInt(10) == 0 ? 2 : 0, path.size()))
              + queries.get(random.nextInt(queries.size()));
      target = target.startsWith("/") ? target : "/" + target;
      target = target.contains("events") && !target.contains("follow=false") ? "/api" : target;
      String method = methods.get(random.nextInt(methods.size()));
      String body = random.nextBoolean() ? "" : "{\"\u0000";
      Map<String, String> type =
          body.isEmpty() ? Map.of() : Map.of("Content-Type", "application/json");
      ApiServer.Answer answer = api.send(method, target, type, method.equals("GET") ? "" : body);
      assertThat(answer.status()).as(method + " " + target).isNotEqualTo(500);
      if (answer.status() >= 400 && !method.equals("HEAD")) {
        problem(answer, answer.status());
      }
    }
  }
}
