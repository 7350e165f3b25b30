package dev.secateur.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.PythonTools;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.evaluation.ChoiceQuestion.Request;
import dev.secateur.evaluation.ZeroShot.Questions;
import dev.secateur.json.Json;
import dev.secateur.model.Model;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.InputException;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Prompts, log-likelihoods and accuracies that lm-evaluation-harness 0.4.13 finds of the demo model
 * on questions of this project. {@code python/harness.py} in the test resources made the golden
 * values.
 */
class HarnessParityTest {
  private static final Path QUESTIONS = Fixtures.resource("zeroshot/questions");
  private static final int LONGEST = 512;

  @TempDir private static Path folder;
  private static Path demo;
  private static Model model;
  private static JsonNode golden;

  @BeforeAll
  static void load() throws IOException {
    demo = DemoModel.extract(folder);
    model = CheckpointReader.load(Checkpoint.open(demo), Device.cpu());
    golden = Json.MAPPER.readTree(Fixtures.resource("zeroshot/golden.json").toFile());
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @ParameterizedTest
  @EnumSource(ZeroShotTask.class)
  void findsWhatTheHarnessFindsWithoutABeginToken(ZeroShotTask task) {
    agrees(task, BeginToken.NEVER, demo, "never");
  }

  @ParameterizedTest
  @EnumSource(ZeroShotTask.class)
  void findsWhatTheHarnessFindsWithABeginToken(ZeroShotTask task) {
    agrees(task, BeginToken.ALWAYS, demo, "always");
  }

  @Test
  void leavesTheBeginTokenToTheTokenizer() throws IOException {
    agrees(ZeroShotTask.ARC_EASY, BeginToken.TOKENIZER, demo, "never");
    Path adding = tokenizerThatAdds("[\"<s>\", \"$A\"]");
    agrees(ZeroShotTask.ARC_EASY, BeginToken.TOKENIZER, adding, "always");
    agrees(ZeroShotTask.ARC_EASY, BeginToken.ALWAYS, adding, "always");
    agrees(ZeroShotTask.ARC_EASY, BeginToken.NEVER, adding, "never");
  }

  @Test
  void refusesATokenizerThatEndsItsTexts() throws IOException {
    Path ending = tokenizerThatAdds("[\"<s>\", \"$A\", \"</s>\"]");
    assertThatThrownBy(() -> agrees(ZeroShotTask.ARC_EASY, BeginToken.TOKENIZER, ending, "always"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the tokenizer adds an end token to every text")
        .hasMessageContaining("set begin-token to 'always' or 'never'");
    agrees(ZeroShotTask.ARC_EASY, BeginToken.ALWAYS, ending, "always");
  }

  @Test
  void theGoldenValuesAreWhatTheHarnessFinds() throws IOException {
    PythonTools python =
        PythonTools.with("lm_eval", "datasets", "torch", "transformers", "accelerate");
    JsonNode now = Json.MAPPER.readTree(python.run("harness.py", demo, QUESTIONS));
    assertThat(now.path("harness")).isEqualTo(golden.path("harness"));
    for (String run : List.of("never", "always")) {
      for (ZeroShotTask task : ZeroShotTask.values()) {
        JsonNode found = now.path(run).path(task.label());
        JsonNode kept = golden.path(run).path(task.label());
        assertThat(found.path("requests")).isEqualTo(kept.path("requests"));
        assertThat(likelihoods(found)).containsExactly(likelihoods(kept), within(1e-3));
      }
    }
  }

  private static double[] likelihoods(JsonNode task) {
    return list(task.path("loglikelihoods")).stream().mapToDouble(JsonNode::asDouble).toArray();
  }

  private static void agrees(
      ZeroShotTask task, BeginToken setting, Path tokenizerFolder, String run) {
    JsonNode expected = golden.path(run).path(task.label());
    List<Questions> questions = ZeroShot.read(QUESTIONS, List.of(task));
    List<Request> requests =
        questions.get(0).questions().stream().flatMap(q -> q.requests().stream()).toList();
    assertThat(requests)
        .isEqualTo(
            list(expected.path("requests")).stream()
                .map(pair -> new Request(pair.get(0).asText(), pair.get(1).asText()))
                .toList());
    try (Tokenizer tokenizer = Tokenizer.open(tokenizerFolder)) {
      LogLikelihoods scorer = new LogLikelihoods(model, tokenizer, setting, LONGEST);
      double[] found = scorer.of(requests, (done, all) -> {}).values();
      assertThat(found).containsExactly(likelihoods(expected), within(1e-3));
      TaskResult result =
          ZeroShot.evaluate(questions, scorer, (t, done, all) -> {}).get(task.label());
      assertThat(result.acc()).isEqualTo(expected.path("acc").asDouble());
      if (expected.path("acc_norm").isNumber()) {
        assertThat(result.accNorm()).contains(expected.path("acc_norm").asDouble());
      } else {
        assertThat(result.accNorm()).isEmpty();
      }
    }
  }

  private static List<JsonNode> list(JsonNode array) {
    assertThat(array.size()).isPositive();
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  /** The demo's tokenizer with a post-processor that puts tokens around a text, $A. */
  private static Path tokenizerThatAdds(String template) throws IOException {
    Path copy = Files.createTempDirectory(folder, "tokenizer");
    for (String name : List.of("config.json", "tokenizer_config.json")) {
      Files.copy(demo.resolve(name), copy.resolve(name));
    }
    ObjectNode json = (ObjectNode) Json.MAPPER.readTree(demo.resolve("tokenizer.json").toFile());
    List<ObjectNode> parts = new ArrayList<>();
    for (JsonNode part : Json.MAPPER.readTree(template)) {
      boolean text = part.asText().equals("$A");
      ObjectNode entry = Json.MAPPER.createObjectNode();
      entry
          .putObject(text ? "Sequence" : "SpecialToken")
          .put("id", text ? "A" : part.asText())
          .put("type_id", 0);
      parts.add(entry);
    }
    ObjectNode processor = json.putObject("post_processor").put("type", "TemplateProcessing");
    processor.putArray("single").addAll(parts);
    processor.putArray("pair").addAll(parts);
    ObjectNode specials = processor.putObject("special_tokens");
    List.of("<unk>", "<s>", "</s>")
        .forEach(
            token -> {
              int id = List.of("<unk>", "<s>", "</s>").indexOf(token);
              ObjectNode special = specials.putObject(token).put("id", token);
              special.putArray("ids").add(id);
              special.putArray("tokens").add(token);
            });
    Json.MAPPER.writeValue(copy.resolve("tokenizer.json").toFile(), json);
    return copy;
  }
}
