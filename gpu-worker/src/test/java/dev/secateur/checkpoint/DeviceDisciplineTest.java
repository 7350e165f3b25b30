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
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.Verification;
import dev.secateur.generation.Generator;
import dev.secateur.generation.Sampling;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.Recipe;
import dev.secateur.pruning.Slicer;
import dev.secateur.tensor.Devices;
import dev.secateur.training.Lora;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.LoraSettings;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that is computed keeps the arrays of the host and of the device apart, and comes to
 * the same bits as on the host alone.
 */
class DeviceDisciplineTest {
  @TempDir Path folder;

  static List<Arguments> models() {
    List<Arguments> models = new ArrayList<>();
    for (String family : List.of("llama-gqa-tied", "gpt2", "bloom", "gemma2", "chatglm")) {
      for (Residency residency : Residency.values()) {
        models.add(Arguments.of(family, residency));
      }
    }
    return models;
  }

  private interface Work<T> {
    T of(Model model) throws IOException;
  }

  private static <T> void assertSame(String family, Residency residency, Work<T> work)
      throws IOException {
    List<T> found = new ArrayList<>();
    for (Device device : List.of(Device.cpu(), Devices.SIMULATED)) {
      Checkpoint checkpoint = Checkpoint.open(Fixtures.resource("families/" + family));
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
          for (Criterion criterion : Criterion.values()) {
            scores.addAll(scores(model, strategy(criterion), criterion, Fisher.SAMPLE));
          }
          scores.addAll(scores(model, Strategy.CHANNEL, Criterion.TAYLOR_MIXED, Fisher.TOKEN));
          return scores;
        });
  }

  private static Strategy strategy(Criterion criterion) {
    return switch (criterion) {
      case BLOCK_INFLUENCE, FIRST_N, LAST_N, ALTERNATE -> Strategy.LAYER;
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
      TrainingSettings settings =
          new TrainingSettings(
              2, 2, 1e-2, 0, Schedule.CONSTANT, 0, 0.9, 0.999, 1e-8, 1, checkpointing, 1);
      new Trainer(new Lora(model, adapter), settings, step -> batch(4, 7))
          .run(step -> losses.add(step.loss()));
    }
    return losses;
  }

  private static List<Long> text(Model model) {
    return Arrays.stream(
            new Generator(model, new Sampling(0.7, 20, 0.9))
                .continuation(batch(1, 5).ids(), 4, Set.of(), 3, token -> {}))
        .boxed()
        .toList();
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
