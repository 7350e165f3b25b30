package dev.secateur.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.evaluation.ChoiceQuestion.Request;
import dev.secateur.evaluation.ZeroShot.Questions;
import dev.secateur.json.Json;
import dev.secateur.model.Model;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.InputException;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ZeroShotTest {
  @TempDir Path folder;

  /** Without a begin token; {@code HarnessParityTest} has the same of the demo model. */
  @ParameterizedTest
  @EnumSource(ZeroShotTask.class)
  void agreesWithTheHarness(ZeroShotTask task) throws IOException {
    agrees(task, BeginToken.NEVER, "stories260k.json");
  }

  /** The tokenizer of this model puts one there, and the harness leaves it to the tokenizer. */
  @ParameterizedTest
  @EnumSource(ZeroShotTask.class)
  void agreesWithTheHarnessAsItIsWhereTheTokenizerAddsTheBeginToken(ZeroShotTask task)
      throws IOException {
    agrees(task, BeginToken.TOKENIZER, "stories260k-begin.json");
  }

  /** Prompts, log-likelihoods and accuracies of lm-evaluation-harness 0.4.13. */
  private static void agrees(ZeroShotTask task, BeginToken setting, String golden)
      throws IOException {
    assumeTrue(
        Fixtures.hasShared("models/stories260k"), "stories260k is not beside the project: skipped");
    Path shared = Fixtures.shared();
    JsonNode expected =
        Json.MAPPER
            .readTree(shared.resolve("fixtures/zeroshot/" + golden).toFile())
            .get(task.label());
    Path checkpoint = shared.resolve("models/stories260k");
    List<Questions> questions = ZeroShot.read(shared.resolve("data/zeroshot"), List.of(task));
    List<Request> requests = new ArrayList<>();
    questions.get(0).questions().forEach(question -> requests.addAll(question.requests()));
    List<Double> likelihoods = new ArrayList<>();
    int at = 0;
    for (JsonNode sample : expected.get("samples")) {
      for (JsonNode request : sample.get("requests")) {
        assertThat(requests.get(at++))
            .isEqualTo(new Request(request.get(0).asText(), request.get(1).asText()));
      }
      sample.get("loglikelihoods").forEach(value -> likelihoods.add(value.asDouble()));
    }
    try (Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu());
        Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
      LogLikelihoods scorer = new LogLikelihoods(model, tokenizer, setting, 512);
      double[] found = scorer.of(requests, (done, all) -> {}).values();
      for (int i = 0; i < found.length; i++) {
        assertThat(found[i]).as("request %d", i).isCloseTo(likelihoods.get(i), within(1e-3));
      }
      TaskResult result =
          ZeroShot.evaluate(questions, scorer, (t, done, all) -> {}).get(task.label());
      assertThat(result.acc()).isEqualTo(expected.get("acc").asDouble());
      assertThat(result.n()).isEqualTo(expected.get("n").asInt());
      if (expected.get("acc_norm").isNumber()) {
        assertThat(result.accNorm()).contains(expected.get("acc_norm").asDouble());
      } else {
        assertThat(result.accNorm()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "piqa | {\"goal\": \"g\", \"sol1\": \"a\", \"label\": 0} | 'sol2' is missing",
        "piqa | {\"goal\": \"g\", \"sol1\": \"a\", \"sol2\": \"b\", \"label\": 7} | 'label' is 7",
        "arc_easy | {\"question\": \"q\", \"choices\": {\"text\": [\"a\"], \"label\": [\"A\"]}, \"answerKey\": \"B\"} | 'answerKey' is not one of [A]",
        "winogrande | {\"sentence\": \"s\", \"option1\": \"a\", \"option2\": \"b\", \"answer\": \"1\"} | has no '_'",
        "boolq | {\"passage\": | not valid JSON"
      })
  void refusesARowByFileAndLine(String task, String row, String complaint) throws IOException {
    Files.writeString(folder.resolve(task + ".jsonl"), "\n" + row + "\n");
    assertThatThrownBy(() -> ZeroShot.read(folder, List.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(task + ".jsonl:2: ")
        .hasMessageContaining(complaint);
  }

  @Test
  void readsJsonArraysAsWellAndAsksForWhatIsMissing() throws IOException {
    Files.writeString(
        folder.resolve("boolq.json"),
        "[{\"passage\": \"p\", \"question\": \"q\", \"answer\": true}]");
    List<Questions> all = ZeroShot.read(folder, List.of());
    assertThat(all.get(0).questions().get(0).answer()).isEqualTo(1);
    assertThat(all.get(0).questions().get(0).requests().get(0))
        .isEqualTo(new Request("p\nQuestion: q?\nAnswer:", " no"));
    assertThatThrownBy(() -> ZeroShot.read(folder, List.of(ZeroShotTask.PIQA)))
        .hasMessageContaining("no piqa.jsonl");
  }

  @Test
  void cleansHellaSwagsTexts() throws IOException {
    JsonNode row =
        Json.MAPPER.readTree(
            """
                {"activity_label": "Baking", "ctx_a": "[header] How to bake [title] Mix.",
                 "ctx_b": "then YOU", "endings": ["eat [step] it.", "wait"], "label": "1"}
                """);
    ChoiceQuestion question = ZeroShotTask.HELLASWAG.question(row);
    assertThat(question.requests().get(0).context())
        .isEqualTo("Baking: How to bake. Mix. Then you");
    assertThat(question.choices()).containsExactly("eat it.", "wait");
  }

  @Test
  void theAverageIsOverThePublishedTasksWhereThereAreAny() {
    ZeroShot.Questions published = new ZeroShot.Questions("piqa", false, false, List.of());
    ZeroShot.Questions declared = new ZeroShot.Questions("capitals", false, false, List.of());
    Map<String, TaskResult> results = Map.of("piqa", result(0.5), "capitals", result(1));
    assertThat(ZeroShot.average(List.of(published, declared), results)).isEqualTo(0.5);
    assertThat(ZeroShot.average(List.of(declared), results)).isEqualTo(1);
  }

  private static TaskResult result(double accuracy) {
    return new TaskResult.Plain(accuracy, 0, 10, 0);
  }
}
