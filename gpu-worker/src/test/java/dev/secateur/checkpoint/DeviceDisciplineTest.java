package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.Verification;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.evaluation.ZeroShot.Questions;
import dev.secateur.evaluation.ZeroShotTask;
import dev.secateur.generation.Generator;
import dev.secateur.generation.Sampling;
import dev.secateur.local.bench.StreamBench;
import dev.secateur.model.Batch;
import dev.secateur.model.Initialization;
import dev.secateur.model.Model;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.Recipe;
import dev.secateur.pruning.Slicer;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.Devices;
import dev.secateur.tensor.SelfTest;
import dev.secateur.text.Tokenizer;
import dev.secateur.training.Lora;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.LoraSettings;
import dev.secateur.training.PeftAdapter;
import dev.secateur.training.Trainable;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingSettings;
import dev.secateur.training.TrainingState;
import dev.secateur.training.Validation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
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

  static List<Arguments> models() {
    List<Arguments> models = new ArrayList<>();
    for (String family :
        List.of(
            "llama-gqa-tied",
            "gpt2",
            "bloom",
            "gemma2",
            "chatglm",
            "gemma3",
            "smollm3",
            "mixtral",
            "gpt-oss")) {
      models.add(Arguments.of(family, Residency.STREAMED));
    }
    models.add(Arguments.of("llama-gqa-tied", Residency.FLOAT32));
    models.add(Arguments.of("llama-gqa-tied", Residency.STORED));
    return models;
  }

  private interface Work<T> {
    T of(Model model) throws IOException;
  }

  private static <T> void assertSame(String family, Residency residency, Work<T> work)
      throws IOException {
    assertSame(Fixtures.resource("families/" + family), residency, work);
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

  private static Batch batch(int rows, int tokens) {
    Random random = new Random(11);
    long[][] ids = new long[rows][];
    for (int row = 0; row < rows; row++) {
      ids[row] = random.longs(tokens, 3, 128).toArray();
    }
    return Batch.causal(ids);
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
          for (Criterion criterion : Criterion.values()) {
            if (!hasExperts && strategy(criterion) == Strategy.EXPERT) {
              continue;
            }
            scores.addAll(scores(model, strategy(criterion), criterion, Fisher.SAMPLE));
          }
          scores.addAll(scores(model, Strategy.CHANNEL, Criterion.TAYLOR_MIXED, Fisher.TOKEN));
          return scores;
        });
  }

  private static Strategy strategy(Criterion criterion) {
    return switch (criterion) {
      case BLOCK_INFLUENCE, FIRST_N, LAST_N, ALTERNATE -> Strategy.LAYER;
      case USAGE, REAP -> Strategy.EXPERT;
      default -> Strategy.BLOCK;
    };
  }

  private static List<List<Double>> scores(
      Model model, Strategy strategy, Criterion criterion, Fisher fisher) {
    List<CoupledStructure> eligible =
        Eligible.of(
            Discovery.of(model.decoder()),
            strategy,
            Eligible.Layers.both(0, model.decoder().layers()));
    Calibration calibration = new Calibration(batch(2, 7), fisher, Activations.AUTO, 0, 1);
    List<List<Double>> scores = new ArrayList<>();
    for (MemberScores structure :
        Estimation.of(model, eligible, criterion, calibration, 1, () -> {})) {
      structure.members().forEach(member -> scores.add(Arrays.stream(member).boxed().toList()));
    }
    return scores;
  }

  @ParameterizedTest
  @MethodSource("models")
  void pruningRecoveryEvaluationAndExport(String family, Residency residency) throws IOException {
    assertSame(
        family,
        residency,
        model -> {
          LoraSettings lora =
              new LoraSettings(4, 8, 0.1, LoraSettings.allProjections(model.decoder()));
          try (Model pruned = Slicer.slice(model, groups(model));
              LoraAdapter adapter = LoraAdapter.fresh(pruned, lora, 5)) {
            List<Double> losses = train(pruned, adapter);
            try (Model merged = adapter.merge(pruned)) {
              Path out = Files.createTempDirectory(folder, "out");
              CheckpointWriter.write(merged, ElementType.BF16, out);
              return List.of(
                  losses,
                  Perplexity.of(pruned, batch(5, 9).idRows(), (done, all) -> {}),
                  merged.computedIn(
                      Precision.BFLOAT16,
                      narrow -> Perplexity.of(narrow, batch(2, 9).idRows(), (done, all) -> {})),
                  text(merged),
                  Sha256.of(out.resolve("model.safetensors")));
            }
          }
        });
  }

  private static List<Recipe.Group> groups(Model model) {
    return Discovery.of(model.decoder()).stream()
        .filter(structure -> structure.layer() >= 0 && structure.units() > 1)
        .map(s -> new Recipe.Group(s.name(), s.units(), List.of(0)))
        .toList();
  }

  private static List<Double> train(Model model, LoraAdapter adapter) {
    List<Double> losses = new ArrayList<>();
    for (boolean checkpointing : List.of(true, false)) {
      new Trainer(new Lora(model, adapter), settings(2, checkpointing), step -> batch(4, 7))
          .run(step -> losses.add(step.loss()));
    }
    return losses;
  }

  private static TrainingSettings settings(int steps, boolean checkpointing) {
    return new TrainingSettings(
        steps, 2, 1e-2, 0, Schedule.CONSTANT, 0, 0.9, 0.999, 1e-8, 1, checkpointing, 1);
  }

  private static List<Long> text(Model model) {
    return Arrays.stream(
            new Generator(model, new Sampling(0.7, 20, 0.9))
                .continuation(batch(1, 5).ids(), 4, Set.of(), 3, token -> {}))
        .boxed()
        .toList();
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
  @EnumSource(Residency.class)
  void adaptersFromElsewhere(Residency residency) throws IOException {
    Path adapter = Fixtures.resource("adapters/magnitudes");
    assertSame(
        Fixtures.resource("families/llama-gqa-tied"),
        residency,
        model -> {
          Device device = model.weights().manager().getDevice();
          try (PeftAdapter read = PeftAdapter.read(adapter, model.decoder(), device);
              Model merged = read.merge(model)) {
            return Perplexity.of(merged, batch(2, 9).idRows(), (done, all) -> {});
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Residency.class)
  void aTrainingThatGoesOn(Residency residency) throws IOException {
    assertSame(
        Fixtures.resource("families/llama-gqa-tied"),
        residency,
        model -> {
          LoraSettings lora =
              new LoraSettings(4, 8, 0, LoraSettings.allProjections(model.decoder()));
          TrainingState state =
              new TrainingState(Files.createTempDirectory(folder, "state").resolve("s"), 1, "me");
          List<Double> losses = new ArrayList<>();
          for (int steps : List.of(2, 3)) {
            try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
              Validation validation = new Validation(List.of(batch(2, 8)), 1, Optional.empty());
              new Trainer(
                      new Lora(model, adapter),
                      settings(steps, false),
                      step -> batch(4, 7),
                      Optional.of(validation),
                      Optional.of(state))
                  .run(step -> losses.add(step.loss()));
            }
          }
          assertThat(losses).hasSize(3);
          return losses;
        });
  }

  @Test
  void aTrainingFromRandomWeights() throws IOException {
    List<List<Double>> losses = new ArrayList<>();
    for (Device device : List.of(Device.cpu(), Devices.SIMULATED)) {
      Checkpoint shape = Checkpoint.open(Fixtures.resource("families/llama-mha"));
      List<Double> found = new ArrayList<>();
      try (Model model =
          new Model(shape.decoder(), Initialization.random(shape.decoder(), 3, device))) {
        new Trainer(Trainable.whole(model), settings(2, false), step -> batch(4, 7))
            .run(step -> found.add(step.loss()));
      }
      losses.add(found);
    }
    assertThat(losses.get(1)).isEqualTo(losses.get(0));
  }

  @Test
  void theBenchmarkTellsOfCopies() {
    Checkpoint checkpoint = Checkpoint.open(Fixtures.resource("families/llama-mha"));
    assertThat(new StreamBench(checkpoint, 2, 8, Device.cpu()).run(true))
        .containsEntry("forward pass, bytes copied to the device", 0.0)
        .doesNotContainKey("forward pass, share of copying hidden");
    assertThat(new StreamBench(checkpoint, 2, 8, Devices.SIMULATED).run(true))
        .containsKey("forward pass, share of copying hidden")
        .extractingByKey("forward pass, bytes copied to the device")
        .matches(bytes -> bytes > 0);
  }

  @Test
  void theNativesAreTested() {
    SelfTest.run(Devices.SIMULATED);
  }

  @ParameterizedTest
  @MethodSource("models")
  void verification(String family, Residency residency) throws IOException {
    Path golden = Fixtures.resource("families/" + family).resolve("golden.safetensors");
    try (SafetensorsFile values = SafetensorsFile.open(golden)) {
      assertSame(family, residency, model -> Verification.of(model, values, "golden values"));
    }
  }
}
