package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.events.ListedJournal;
import dev.secateur.coordinator.golden.GoldenScenario;
import dev.secateur.coordinator.http.NodeLogs.Filter;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.SweepEvent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of a journal of sweeps, most of which have ended. */
class PeopleRoutesTest {
  private final ActorTestKit kit = ActorTestKit.create();
  private final List<NodeLogs.Question> asked = new ArrayList<>();
  private NodeLogs.Answer logged = new NodeLogs.Answer(List.of(), List.of("host:1"));
  private ServerBinding binding;

  @BeforeEach
  void start() {
    PeopleRoutes people =
        new PeopleRoutes(
            new ListedJournal(GoldenScenario.events()),
            question -> {
              asked.add(question);
              return CompletableFuture.completedFuture(logged);
            },
            List::of,
            Runnable::run);
    Refusals refusals = new Refusals(new RequestCheck(AllowedHosts.of(List.of())));
    binding =
        Http.get(kit.system())
            .newServerAt("127.0.0.1", 0)
            .bind(
                refusals.around(
                    () ->
                        new Endpoints(people.endpoints())
                            .route((each, call) -> each.inner().apply(call))))
            .toCompletableFuture()
            .join();
  }

  @AfterEach
  void stop() {
    binding.unbind().toCompletableFuture().join();
    kit.shutdownTestKit();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:" + binding.localAddress().getPort() + "/api/v1/" + path))
                .build(),
            BodyHandlers.ofString());
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.MAPPER.readTree(answer.body());
  }

  @Test
  void tellsAPlanInWords() throws Exception {
    JsonNode plan = json("sweeps/finished-1/plan");
    assertThat(plan.get("name").asText()).isEqualTo("finished");
    assertThat(plan.get("trials")).hasSize(1);
    assertThat(plan.at("/trials/0").asText()).isEqualTo("a, block 0.5 l2 sum");
    assertThat(plan.get("stages"))
        .allSatisfy(stage -> assertThat(stage.get("trials").toString()).isEqualTo("[0]"))
        .extracting(stage -> stage.get("kind").asText() + ": " + stage.get("words").asText())
        .contains("discovery: discovery of a", "pruning: pruning of a, block 0.5 l2 sum");
  }

  @Test
  void tellsTrialsAsPlannedWithTheKeysThatEventsSpeakOf() throws Exception {
    JsonNode planned = json("sweeps/finished-1/trials");
    assertThat(planned.get("total").asInt()).isEqualTo(1);
    assertThat(planned.get("name").asText()).isEqualTo("finished");
    JsonNode trial = planned.at("/trials/0");
    assertThat(trial.at("/point/ratio").asText()).isEqualTo("0.5");
    assertThat(trial.at("/point/criterion").asText()).isEqualTo("l2");
    assertThat(json("sweeps/finished-1/trials/0").findValuesAsText("stage"))
        .contains(trial.at("/stages/recipe").asText(), trial.at("/stages/pruned").asText());
    assertThat(json("sweeps/finished-1/trials?from=1").get("trials")).isEmpty();
    assertThat(json("sweeps/finished-1/trials?count=0").get("total").asInt()).isEqualTo(1);
    long since = planned.get("since").asLong();
    assertThat(GoldenScenario.events().get((int) since))
        .isInstanceOfSatisfying(
            SweepEvent.SweepSubmitted.class,
            first -> assertThat(first.sweep().value()).isEqualTo("finished-1"));
  }

  @Test
  void tellsTheStoryOfATrialOfASweepThatHasEnded() throws Exception {
    JsonNode story = json("sweeps/finished-1/trials/0");
    assertThat(story.get("status").asText()).isEqualTo("completed");
    JsonNode attempt = story.at("/stages/0/attempts/0");
    assertThat(attempt.get("worker").asText()).isEqualTo("host/one");
    assertThat(attempt.get("begun").asText()).matches("\\d{4}-.*Z");
    assertThat(attempt.has("reason")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sweeps/none/plan: no sweep none",
        "sweeps/none/trials: no sweep none",
        "sweeps/none/trials/0: no sweep none",
        "sweeps/finished-1/trials/1: sweep finished-1 has no trial 1; its trials are 0 to 0",
        "logs?worker=w: no node of the cluster has log lines of worker w; no answer from host:1"
      })
  void whatIsNotThereIsNamed(String pathAndProblem) throws Exception {
    String[] parts = pathAndProblem.split(": ", 2);
    HttpResponse<String> answer = get(parts[0]);
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).isEqualTo("{\"errors\":[\"" + parts[1] + "\"]}\n");
  }

  @Test
  void asksForLinesAndHandsThemOn() throws Exception {
    logged = new NodeLogs.Answer(List.of("{\"event\":\"log\"}"), List.of());
    assertThat(json("logs?stage=0123ab&sweep=s&lines=7&since=2026-01-01T00:00:00Z").toString())
        .isEqualTo("{\"lines\":[{\"event\":\"log\"}],\"silent\":[]}");
    assertThat(asked)
        .containsExactly(
            new NodeLogs.Question(
                Map.of(
                    Filter.STAGE, "0123ab",
                    Filter.SWEEP, "s",
                    Filter.SINCE, "2026-01-01T00:00:00Z"),
                7));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "logs",
        "sweeps/finished-1/trials?from=x",
        "logs?worker=w&stage=0123ab",
        "logs?stage=xyz",
        "logs?worker=w&lines=0",
        "logs?worker=w&lines=x",
        "logs?worker=w&since=yesterday",
        "logs?worker=w&other=1",
        "sweeps/finished-1/trials/x"
      })
  void whatIsNotUnderstoodIsRefused(String path) throws Exception {
    assertThat(get(path).statusCode()).as(path).isEqualTo(400);
  }
}
