package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.Device;
import dev.secateur.BaichuanFixture;
import dev.secateur.EditedCheckpoint;
import dev.secateur.Fixtures;
import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.estimation.ElementCriteria;
import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.Verification;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.evaluation.ZeroShot.Questions;
import dev.secateur.evaluation.ZeroShotTask;
import dev.secateur.json.Json;
import dev.secateur.model.Model;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Slicer;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.Devices;
import dev.secateur.text.Tokenizer;
import dev.secateur.training.Lora;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.PeftAdapter;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingState;
import dev.secateur.training.ValidationSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that is computed keeps the arrays of the host and of the device apart, and comes to
 * the same bits as on the host alone.
 */
class DeviceDisciplineTest {
  @TempDir Path folder;

  /** Every family, and one with its weights kept in the other ways. */
  static List<Arguments> models() throws IOException {
    List<Arguments> models = new ArrayList<>();
    for (String family : families()) {
      models.add(Arguments.of(family, Residency.STREAMED));
    }
    models.add(Arguments.of("baichuan-7b", Residency.STREAMED));
    models.add(Arguments.of("baichuan-13b", Residency.STREAMED));
    models.add(Arguments.of("llama-gqa-tied", Residency.FLOAT32));
    models.add(Arguments.of("llama-gqa-tied", Residency.STORED));
    return models;
  }

  static List<String> families() throws IOException {
    return names("families");
  }

  static List<String> adapters() throws IOException {
    return names("adapters");
  }

  private static List<String> names(String folder) throws IOException {
    try (Stream<Path> all = Files.list(Fixtures.resource(folder))) {
      return all.filter(Files::isDirectory).map(path -> path.getFileName() + "").sorted().toList();
    }
  }

  private interface Work<T> {
    T of(Model model) throws IOException;
  }

  private <T> void assertSame(String family, Residency residency, Work<T> work) throws IOException {
    Path checkpoint =
        family.startsWith("baichuan")
            ? BaichuanFixture.write(folder.resolve(family), family.endsWith("13b"))
            : Fixtures.resource("families/" + family);
    assertSame(checkpoint, residency, work);
  }

  private static <T> void assertSame(Path folder, Residency residency, Work<T> work)
      throws IOException {
    List<T> found = new ArrayList<>();
    for (Device device : List.of(Device.cpu(), Devices.SIMULATED)) {
      Checkpoint checkpoint = Checkpoint.open(folder);
      try (Model model = CheckpointReader.open(checkpoint, device, residency)) {
        assertThat(model.weights().manager().getDevice()).isEqualTo(device);
        found.add(work.of(model));
      }
    }
    assertThat(found.get(1)).isNotNull().isEqualTo(found.get(0));
  }

  @ParameterizedTest
  @MethodSource("models")
  void estimation(String family, Residency residency) throws IOException {
    assertSame(
        family,
        residency,
        model -> {
          List<List<Double>> scores = new ArrayList<>();
          boolean hasExperts = model.decoder().experts().isPresent();
          for (Criterion criterion :
              hasExperts
                  ? List.of(
                      Criterion.FLAP, Criterion.BLOCK_INFLUENCE, Criterion.USAGE, Criterion.REAP)
                  : List.of(Criterion.FLAP, Criterion.BLOCK_INFLUENCE)) {
            scores.addAll(scores(model, strategy(criterion), criterion, Fisher.SAMPLE));
          }
          for (Criterion plugIn : ElementCriteria.all()) {
            scores.addAll(scores(model, Strategy.BLOCK, plugIn, Fisher.SAMPLE));
          }
          scores.addAll(scores(model, Strategy.CHANNEL, Criterion.TAYLOR_MIXED, Fisher.TOKEN));
          return scores;
        });
  }

  static List<Criterion> criteria() {
    return List.of(Criterion.values());
  }

  @ParameterizedTest
  @MethodSource("criteria")
  void estimationByEveryCriterion(Criterion criterion) throws IOException {
    for (Residency residency : Residency.values()) {
      for (Strategy strategy : Strategy.values()) {
        if (criterion.suits(strategy)) {
          assertSame(
              strategy == Strategy.EXPERT ? "olmoe" : "llama-gqa-tied",
              residency,
              model -> scores(model, strategy, criterion, Fisher.SAMPLE));
        }
      }
    }
  }

  private static Strategy strategy(Criterion criterion) {
    return switch (criterion.family()) {
      case BLOCK_INFLUENCE, POSITION -> Strategy.LAYER;
      case ROUTING -> Strategy.EXPERT;
      default -> Strategy.BLOCK;
    };
  }

  private static List<List<Double>> scores(
      Model model, Strategy strategy, Criterion criterion, Fisher fisher) {
    return ModelWork.scores(model, strategy, criterion, fisher, Activations.AUTO);
  }

  /** Activations that are kept, which they are where weights are resident. */
  @ParameterizedTest
  @EnumSource(Activations.class)
  void estimationThatKeepsActivations(Activations activations) throws IOException {
    assertSame(
        "llama-gqa-tied",
        Residency.FLOAT32,
        model ->
            ModelWork.scores(
                model, Strategy.CHANNEL, Criterion.TAYLOR_MIXED, Fisher.SAMPLE, activations));
  }

  /** The block where the numbers end is looked for on the device. */
  @Test
  void aLossThatIsNotFinite() throws IOException {
    String weight = "model.layers.1.mlp.up_proj.weight";
    EditedCheckpoint broken =
        EditedCheckpoint.of("llama-mha", folder)
            .tensors(
                tensors -> {
                  for (int i = 0; i < tensors.bytes(weight).length / Float.BYTES; i++) {
                    tensors.set(weight, i, 3e38f);
                  }
                });
    assertSame(
        broken.folder(),
        Residency.STREAMED,
        model ->
            catchThrowableOfType(
                    ArithmeticException.class,
                    () -> scores(model, Strategy.BLOCK, Criterion.TAYLOR_ELEMENT1, Fisher.SAMPLE))
                .getMessage());
  }

  @ParameterizedTest
  @MethodSource("models")
  void pruningRecoveryEvaluationAndExport(String family, Residency residency) throws IOException {
    assertSame(
        family,
        residency,
        model -> {
          try (Model pruned = Slicer.slice(model, ModelWork.groups(model));
              LoraAdapter adapter = ModelWork.adapter(pruned)) {
            List<List<Double>> losses =
                List.of(
                    ModelWork.train(pruned, adapter, true),
                    ModelWork.train(pruned, adapter, false));
            try (Model merged = adapter.merge(pruned)) {
              Path out = Files.createTempDirectory(folder, "out");
              CheckpointWriter.write(merged, ElementType.BF16, out);
              return List.of(
                  losses,
                  Perplexity.of(pruned, ModelWork.batch(5, 9).idRows(), (done, all) -> {}),
                  merged.computedIn(
                      Precision.BFLOAT16,
                      narrow ->
                          Perplexity.of(narrow, ModelWork.batch(2, 9).idRows(), (done, all) -> {})),
                  ModelWork.text(merged),
                  Sha256.of(out.resolve("model.safetensors")));
            }
          }
        });
  }

  /** Which can't be mapped, and are copied piece by piece. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void tensorsAtOddPlaces(ElementType type) throws IOException {
    Path even = folder.resolve("even");
    Checkpoint base = Checkpoint.open(Fixtures.resource("families/llama-gqa-tied"));
    try (Model model = CheckpointReader.load(base, Device.cpu())) {
      CheckpointWriter.write(model, type, even);
    }
    Path odd = Files.createDirectory(folder.resolve("odd"));
    Files.copy(even.resolve("config.json"), odd.resolve("config.json"));
    ModelWork.shift(even.resolve("model.safetensors"), odd.resolve("model.safetensors"));
    assertSame(
        odd,
        Residency.STREAMED,
        model -> Perplexity.of(model, ModelWork.batch(2, 9).idRows(), (done, all) -> {}));
  }

  @Test
  void aWeightThatATypeCannotHold() throws IOException {
    EditedCheckpoint large =
        EditedCheckpoint.of("llama-mha", folder)
            .tensors(tensors -> tensors.set("lm_head.weight", 3, 70_000));
    assertSame(
        large.folder(),
        Residency.STREAMED,
        model ->
            catchThrowableOfType(
                    InputException.class,
                    () -> CheckpointWriter.check(model, WrittenTypes.all(ElementType.F16)))
                .getMessage());
  }

  /** Accuracies of questions, whose rows are packed and padded. */
  @ParameterizedTest
  @EnumSource(Residency.class)
  void accuracy(Residency residency) throws IOException {
    Path demo = DemoModel.extract(folder);
    List<Questions> questions =
        ZeroShot.read(
            Fixtures.resource("zeroshot/questions"),
            List.of(ZeroShotTask.ARC_EASY, ZeroShotTask.WINOGRANDE));
    try (Tokenizer tokenizer = Tokenizer.open(demo)) {
      assertSame(
          demo,
          residency,
          model ->
              ZeroShot.evaluate(
                  questions.stream().map(task -> task.first(2)).toList(),
                  new LogLikelihoods(model, tokenizer, BeginToken.ALWAYS, 512),
                  (task, done, all) -> {}));
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void adaptersFromElsewhere(String name) throws IOException {
    Path adapter = Fixtures.resource("adapters/" + name);
    String family =
        Json.MAPPER
            .readTree(adapter.resolve("adapter_config.json").toFile())
            .get("base_model_name_or_path")
            .asText();
    for (Residency residency : Residency.values()) {
      adapterFromElsewhere(family, residency, adapter);
    }
  }

  private void adapterFromElsewhere(String family, Residency residency, Path adapter)
      throws IOException {
    assertSame(
        family,
        residency,
        model -> {
          Device device = model.weights().manager().getDevice();
          try (PeftAdapter read = PeftAdapter.read(adapter, model.decoder(), device);
              Model merged = read.merge(model)) {
            return Perplexity.of(merged, ModelWork.batch(2, 9).idRows(), (done, all) -> {});
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Residency.class)
  void aTrainingThatGoesOn(Residency residency) throws IOException {
    assertSame(
        "llama-gqa-tied",
        residency,
        model -> {
          TrainingState state =
              new TrainingState(Files.createTempDirectory(folder, "state").resolve("s"), 1, "me");
          List<Double> losses = new ArrayList<>();
          for (int steps : List.of(2, 3)) {
            try (LoraAdapter adapter = ModelWork.adapter(model)) {
              ValidationSet validation =
                  new ValidationSet(List.of(ModelWork.batch(2, 8)), 1, ValidationSet.ENDLESS);
              new Trainer(
                      new Lora(model, adapter),
                      ModelWork.settings(steps, false),
                      step -> ModelWork.batch(6, 10),
                      validation,
                      Optional.of(state))
                  .run(step -> losses.add(step.loss()));
            }
          }
          assertThat(losses).hasSize(3);
          return losses;
        });
  }

  @ParameterizedTest
  @MethodSource("families")
  void verification(String family) throws IOException {
    Path golden = Fixtures.resource("families/" + family).resolve("golden.safetensors");
    try (SafetensorsFile values = SafetensorsFile.open(golden)) {
      for (Residency residency : List.of(Residency.STREAMED, Residency.FLOAT32)) {
        assertSame(family, residency, model -> Verification.of(model, values, "golden values"));
      }
    }
  }
}
