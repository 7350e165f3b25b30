package dev.secateur.compensation;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.Residency;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries, keys, values, gate and up refitted with the output matrices. */
class InnerCompensationTest {
  @TempDir Path folder;

  private static Checkpoint checkpoint(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family));
  }

  private static Refit all(Ridge ridge) {
    return new Refit(0.5, true, true, ridge, 1, 1);
  }

  /** In blocks l from 1 on, head l mod units and the channels c with c mod 4 = l mod 4. */
  private static List<Integer> units(CoupledStructure structure) {
    int layer = structure.layer();
    if (layer < 1 || structure.kind() != Kind.ATTENTION && structure.kind() != Kind.MLP) {
      return List.of();
    }
    return structure.kind() == Kind.ATTENTION
        ? List.of(layer % structure.units())
        : IntStream.range(0, structure.units()).filter(c -> c % 4 == layer % 4).boxed().toList();
  }

  private static Recipe some(Model base) {
    return Compensated.recipe(base.decoder(), Strategy.BLOCK, InnerCompensationTest::units);
  }

  private static Batch rows(int count, int tokens) {
    Random random = new Random(5);
    return Batch.causal(
        IntStream.range(0, count)
            .mapToObj(row -> random.longs(tokens, 3, 120).toArray())
            .toArray(long[][]::new));
  }

  private static double[] logits(Model model, Batch batch) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      float[] logits = model.logits(scope, batch).toFloatArray();
      return IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).toArray();
    }
  }

  /** The largest difference, relative to the largest number. */
  private static double off(double[] found, double[] wanted) {
    assertThat(found).hasSameSizeAs(wanted);
    double largest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
    return IntStream.range(0, wanted.length)
            .mapToDouble(i -> Math.abs(found[i] - wanted[i]))
            .max()
            .orElseThrow()
        / largest;
  }

  /** Against a masked model in float64 (python/inner_compensation.py). */
  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "gpt-neox"})
  void fitsTheExpectedMatrices(String family) throws IOException {
    Path file = Fixtures.resource("compensation/inner-" + family + ".safetensors");
    try (SafetensorsFile golden = SafetensorsFile.open(file);
        Model base = CheckpointReader.load(checkpoint(family), Device.cpu())) {
      Recipe recipe = some(base);
      int tokens = (int) golden.tensor("input_ids").shape()[1];
      long[] ids = golden.integers("input_ids");
      Batch samples =
          Batch.causal(
              IntStream.range(0, ids.length / tokens)
                  .mapToObj(row -> Arrays.copyOfRange(ids, row * tokens, (row + 1) * tokens))
                  .toArray(long[][]::new));
      Compensated fit =
          Compensated.of(checkpoint(family), base, recipe, all(Ridge.of(0.1)), samples, folder);
      try (SafetensorsFile found = SafetensorsFile.open(fit.file())) {
        List<String> expected =
            golden.tensors().keySet().stream()
                .filter(name -> !name.equals("input_ids") && !name.equals("logits"))
                .toList();
        assertThat(found.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected);
        for (String name : expected) {
          double[] weights = found.reals(name);
          if (family.equals("gpt2") && name.endsWith(".weight")) {
            weights = transposed(weights, golden.tensor(name).shape());
          }
          assertThat(off(weights, golden.reals(name))).as(name).isLessThan(1e-5);
        }
      }
      try (Model model = CompensationFile.applied(base, recipe, fit.file())) {
        assertThat(off(logits(model, samples), golden.reals("logits"))).isLessThan(1e-5);
      }
    }
  }

  private static double[] transposed(double[] x, long[] shape) {
    int rows = (int) shape[0];
    int columns = (int) shape[1];
    double[] turned = new double[x.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        turned[row * columns + column] = x[column * rows + row];
      }
    }
    return turned;
  }

  /** Fewer tokens than inputs: each structure writes, and reads, what it did in the whole model. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa-tied",
        "qwen2",
        "qwen3",
        "gemma2",
        "phi3",
        "olmo2",
        "granite",
        "bloom",
        "gpt-neox",
        "opt",
        "gpt2",
        "mixtral",
        "olmoe"
      })
  void fewTokensAreWrittenAsTheWholeModelWritesThem(String family) throws IOException {
    Batch few = rows(1, 8);
    try (Model base = CheckpointReader.load(checkpoint(family), Device.cpu())) {
      Recipe recipe = some(base);
      Refit refit = all(Ridge.of(1e-7));
      Compensated fit = Compensated.of(checkpoint(family), base, recipe, refit, few, folder);
      assertThat(fit.fitted().size())
          .as("inner ones too")
          .isGreaterThan(BlockMatrices.of(base.decoder(), 1).outputs().size() * 2);
      try (Model model = CompensationFile.applied(base, recipe, fit.file())) {
        double[] whole = logits(base, few);
        double[] found = logits(model, few);
        double apart = 0;
        double size = 0;
        for (int i = 0; i < whole.length; i++) {
          apart += (found[i] - whole[i]) * (found[i] - whole[i]);
          size += whole[i] * whole[i];
        }
        assertThat(Math.sqrt(apart / size)).isLessThan(1e-3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "mixtral"})
  void aLargeRidgeLeavesTheWeightsThatWereThere(String family) throws IOException {
    try (Model base = CheckpointReader.load(checkpoint(family), Device.cpu())) {
      Recipe recipe = some(base);
      Refit keeping = new Refit(0.5, true, false, Ridge.of(1e9), 1, 1);
      Compensated fit =
          Compensated.of(checkpoint(family), base, recipe, keeping, rows(2, 10), folder);
      try (Model pruned = recipe.applied(base)) {
        for (Fitted one : fit.fitted()) {
          String weight = one.matrix() + ".weight";
          float[] old = HostArrays.floats(pruned.weights().get(weight));
          double[] wide = IntStream.range(0, old.length).mapToDouble(i -> old[i]).toArray();
          assertThat(off(fit.reals(weight), wide)).as(weight).isLessThan(1e-5);
        }
      }
    }
  }

  @Test
  void whatReadsTheWholeModelsStreamStays() throws IOException {
    try (Model base = CheckpointReader.load(checkpoint("llama-gqa-tied"), Device.cpu());
        Model parallel = CheckpointReader.load(checkpoint("gpt-neox"), Device.cpu())) {
      assertThat(fitted("llama-gqa-tied", base))
          .contains("model.layers.1.mlp.gate_proj", "model.layers.2.self_attn.q_proj")
          .doesNotContain("model.layers.1.self_attn.q_proj")
          .noneMatch(name -> name.contains("layers.0."));
      assertThat(fitted("gpt-neox", parallel))
          .as("both structures of a block read the same")
          .contains("gpt_neox.layers.1.mlp.dense_4h_to_h")
          .doesNotContain("gpt_neox.layers.1.mlp.dense_h_to_4h");
    }
  }

  private List<String> fitted(String family, Model base) throws IOException {
    Refit refit = all(Ridge.RULE);
    return Compensated.of(checkpoint(family), base, some(base), refit, rows(3, 10), folder)
        .fitted()
        .stream()
        .map(Fitted::matrix)
        .toList();
  }

  /** Experts that stay are refitted under their new numbers; routers are not. */
  @Test
  void experts() throws IOException {
    try (Model base = CheckpointReader.load(checkpoint("mixtral"), Device.cpu())) {
      Recipe recipe =
          Compensated.recipe(
              base.decoder(),
              Strategy.EXPERT,
              s -> s.kind() == Kind.EXPERTS && s.layer() >= 0 ? List.of(0) : List.of());
      Batch samples = rows(4, 12);
      Compensated fit =
          Compensated.of(checkpoint("mixtral"), base, recipe, all(Ridge.RULE), samples, folder);
      assertThat(fit.fitted())
          .extracting(Fitted::matrix)
          .anyMatch(name -> name.contains("layers.1.") && name.contains(".experts.0."))
          .noneMatch(name -> name.endsWith("gate"));
      try (Model model = CompensationFile.applied(base, recipe, fit.file())) {
        assertThat(logits(model, samples)).hasSameSizeAs(logits(base, samples));
      }
    }
  }

  @Test
  void streamedAndResidentWeightsGiveTheSameFile() throws IOException {
    byte[] first = null;
    for (Residency residency : Residency.values()) {
      try (Model base = CheckpointReader.open(checkpoint("qwen2"), Device.cpu(), residency)) {
        Refit refit = all(Ridge.CROSS_VALIDATION);
        Path file =
            Compensated.of(checkpoint("qwen2"), base, some(base), refit, rows(5, 10), folder)
                .file();
        byte[] bytes = Files.readAllBytes(file);
        first = first == null ? bytes : first;
        assertThat(bytes).as(residency.name()).isEqualTo(first);
      }
    }
  }
}
