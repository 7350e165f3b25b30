package dev.secateur.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.Settings;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.source.CalibrationSamples;
import dev.secateur.source.Texts;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.text.Tokenizer;
import dev.secateur.training.RecoveryBatches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of 128 tokens beside a tokenizer of 3,072. */
class OversizedTokenizerTest {
  private static final String LACKS = ", but the model's vocabulary has 128 tokens ('vocab_size')";

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void putsAnotherModelsTokenizerBesideTheWeights() throws IOException {
    model = Files.createDirectory(folder.resolve("model"));
    Path demo = DemoModel.extract(folder);
    Files.copy(demo.resolve("tokenizer.json"), model.resolve("tokenizer.json"));
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(Fixtures.resource("families/llama-mha/" + name), model.resolve(name));
    }
  }

  private static void refuses(String where, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(where + "the token '")
        .hasMessageContaining(LACKS);
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @Test
  void perplexityNamesTheTextAndTheRow() throws IOException {
    Path plain = file("a.txt", "a tree is a plant");
    Path rows = file("a.jsonl", "{\"text\": \"\"}\n{\"text\": \"a tree is a plant\"}\n");
    var protocol = new Perplexity.Protocol(4, 4, 10, PerplexityBegin.START);
    try (EvaluateJob job =
        new EvaluateJob(
            model,
            Optional.empty(),
            Device::cpu,
            Allowance.of(WeightPlacement.AUTO),
            Precision.FLOAT32,
            line -> {})) {
      refuses(plain + ": ", () -> job.perplexity(plain.toString(), protocol, (done, all) -> {}));
      refuses(
          rows + ": row 2: ", () -> job.perplexity(rows.toString(), protocol, (done, all) -> {}));
    }
  }

  @Test
  void tasksNameTheQuestionBeforeAnythingIsComputed() throws IOException {
    file(
        "boolq.jsonl",
        "{\"passage\": \"p\", \"question\": \"is a tree a plant\", \"answer\": true}\n");
    try (EvaluateJob job =
        new EvaluateJob(
            model,
            Optional.empty(),
            Device::cpu,
            Allowance.of(WeightPlacement.AUTO),
            Precision.FLOAT32,
            line -> {})) {
      List<ZeroShot.Questions> questions = ZeroShot.read(folder, List.of());
      refuses(
          "boolq: question 1: ",
          () ->
              job.tasks(
                  questions,
                  BeginToken.TOKENIZER,
                  OptionalInt.empty(),
                  (task, done, all) -> assertThat(done).isNegative()));
    }
  }

  @Test
  void calibrationNamesTheText() throws IOException {
    Path text = file("a.txt", "a tree is a plant\n".repeat(20));
    Path turns = file("d.jsonl", "{\"dialog\": [\"is a tree a plant\", \"it is\"]}\n");
    for (Sampling sampling : List.of(Sampling.ROWS, Sampling.WINDOW)) {
      refuses(text + ": ", () -> draw(text, sampling));
    }
    refuses(turns + ": ", () -> draw(turns, Sampling.DIALOGUE));
  }

  private void draw(Path text, Sampling sampling) {
    CalibrationSamples.draw(
        new Samples(new TextRef(text.toString(), ""), sampling, 1, 4, 1, false, Activations.AUTO),
        model);
  }

  @Test
  void recoveryNamesTheRowBeforeTheFirstStep() throws IOException {
    Path data =
        file(
            "rows.jsonl",
            "{\"instruction\": \"\", \"output\": \"\"}\n"
                + "{\"instruction\": \"\", \"output\": \"a tree is a plant\"}\n");
    Tuning tuning =
        Settings.read(
            Tuning.class,
            """
            {template: 'plain', targets: [], budget: {steps: 1, epochs: 1, batch: 1, microBatch: 1},
             learningRate: 1e-3, schedule: 'linear', rank: 4, alpha: 8, cutoff: 32, precision: 'float32'}
            """);
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      String name = data.toString();
      refuses(name + ": row 2: ", () -> RecoveryBatches.of(Texts.ref(name), tokenizer, tuning, 1));
    }
  }

  @Test
  void generationNamesThePrompt() {
    Generation asked = new Generation(List.of("a tree is a plant"), 4, 0, 0, 1, 1);
    try (GenerateJob job =
        new GenerateJob(
            model,
            Optional.empty(),
            Device.cpu(),
            Allowance.of(WeightPlacement.AUTO),
            Precision.FLOAT32,
            line -> {})) {
      refuses("the prompt: ", () -> job.run(asked));
    }
  }

  @Test
  void specialTokensOfTheConfigMustBeTokensToo() throws IOException {
    Path config = model.resolve("config.json");
    String stated = Files.readString(config);
    Files.writeString(config, stated.replace("\"bos_token_id\": 1", "\"bos_token_id\": 128"));
    try (Tokenizer tokenizer = Tokenizer.open(model)) {
      assertThatThrownBy(() -> tokenizer.prompt(new long[0]))
          .isInstanceOf(InputException.class)
          .hasMessage(
              config + ": 'bos_token_id' is 128, not one of the 128 tokens that 'vocab_size' says");
    }
  }
}
