package dev.secateur.compensation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.Residency;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompensationTest {
  private static final Ridge ALMOST_NONE = Ridge.of(1e-7);

  @TempDir Path folder;

  private static Checkpoint checkpoint(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family));
  }

  private static Model load(String family) {
    return CheckpointReader.load(checkpoint(family), Device.cpu());
  }

  /** Rows that begin with the ids that GLM's positions need. */
  private static Batch rows(int count, int tokens) {
    Random random = new Random(5);
    long[][] rows = new long[count][];
    for (int row = 0; row < count; row++) {
      rows[row] = random.longs(tokens, 3, 120).toArray();
      rows[row][tokens - 2] = 124;
      rows[row][tokens - 1] = 125;
    }
    return Batch.causal(rows);
  }

  /** One head of each block but the first, and every fourth channel of each MLP but that one's. */
  private static Recipe some(Model base) {
    return Compensated.recipe(base.decoder(), Strategy.BLOCK, CompensationTest::units);
  }

  private static List<Integer> units(CoupledStructure structure) {
    if (structure.layer() < 1) {
      return List.of();
    } else if (structure.kind() == Kind.ATTENTION) {
      return List.of(structure.layer() % structure.units());
    }
    return structure.kind() == Kind.MLP
        ? java.util.stream.IntStream.range(0, structure.units())
            .filter(unit -> unit % 4 == 1)
            .boxed()
            .toList()
        : List.of();
  }

  private static Recipe withoutBlock(Model base, int block) {
    return Compensated.recipe(
        base.decoder(),
        Strategy.LAYER,
        structure -> structure.kind() == Kind.LAYERS ? List.of(block) : List.of());
  }

  private Compensated compensated(
      String family, Model base, Recipe recipe, Refit refit, Batch samples) throws IOException {
    return Compensated.of(checkpoint(family), base, recipe, refit, samples, folder);
  }

  private static float[] logits(Model model, Batch batch) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return model.logits(scope, batch).toFloatArray();
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    double size = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (double) (a[i] - b[i]);
      size += b[i] * (double) b[i];
    }
    return Math.sqrt(sum / size);
  }

  /**
   * Fewer tokens than inputs can be written exactly, so that without a ridge both streams are one:
   * which they are only if each family's sums, scales and norms are what they are taken for.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa-tied",
        "llama-bias",
        "llama-headdim",
        "mistral",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3",
        "phi3",
        "olmo2",
        "granite",
        "smollm3",
        "bloom",
        "chatglm",
        "gpt-neox",
        "opt",
        "gpt2",
        "mixtral",
        "qwen3-moe",
        "olmoe"
      })
  void fewTokensAreWrittenAsTheWholeModelWritesThem(String family) throws IOException {
    Batch few = rows(1, 8);
    for (double stream : new double[] {1, 0.5}) {
      try (Model base = load(family)) {
        Recipe recipe = some(base);
        Refit refit = new Refit(stream, true, true, ALMOST_NONE, 1);
        Compensated fit = compensated(family, base, recipe, refit, few);
        try (Model pruned = recipe.applied(base);
            Model model = CompensationFile.applied(base, recipe, fit.file())) {
          float[] whole = logits(base, few);
          assertThat(distance(logits(pruned, few), whole)).isGreaterThan(5e-3);
          assertThat(distance(logits(model, few), whole)).isLessThan(5e-4);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "gemma2", "chatglm"})
  void aLargeRidgeLeavesThePrunedModel(String family) throws IOException {
    Batch samples = rows(2, 10);
    try (Model base = load(family)) {
      Recipe recipe = some(base);
      Refit keeping = new Refit(0.5, true, false, Ridge.of(1e9)); // biases would have no ridge
      Compensated fit = compensated(family, base, recipe, keeping, samples);
      try (Model pruned = recipe.applied(base);
          Model model = CompensationFile.applied(base, recipe, fit.file())) {
        assertThat(distance(logits(model, samples), logits(pruned, samples))).isLessThan(1e-5);
        fit.fitted()
            .forEach(
                one ->
                    assertThat(
                            changed(
                                fit.reals(one.matrix() + ".weight"),
                                pruned.weights().get(one.matrix() + ".weight")))
                        .as(one.matrix())
                        .isLessThan(1e-5));
      }
    }
  }

  private static double changed(double[] found, NDArray before) {
    double most = 0;
    float[] old = HostArrays.floats(before);
    for (int i = 0; i < old.length; i++) {
      most = Math.max(most, Math.abs(found[i] - old[i]));
    }
    return most;
  }

  @Test
  void whatStandsBeforeTheFirstCutStaysAndWhatFollowsIsFitted() throws IOException {
    Batch samples = rows(6, 10);
    try (Model base = load("llama-gqa-tied")) {
      Recipe recipe =
          Compensated.recipe(
              base.decoder(),
              Strategy.BLOCK,
              s -> s.kind() == Kind.MLP && s.layer() == 1 ? List.of(0, 1, 2, 3) : List.of());
      Refit all = Refit.of(Ridge.CROSS_VALIDATION);
      Compensated rest = compensated("llama-gqa-tied", base, recipe, all, samples);
      assertThat(rest.fitted())
          .extracting(Fitted::matrix)
          .containsExactly(
              "model.layers.1.mlp.down_proj",
              "model.layers.2.self_attn.o_proj",
              "model.layers.2.mlp.down_proj");
      Refit alone = new Refit(0.5, false, true, Ridge.CROSS_VALIDATION);
      assertThat(compensated("llama-gqa-tied", base, recipe, alone, samples).fitted())
          .extracting(Fitted::matrix)
          .containsExactly("model.layers.1.mlp.down_proj");
      Refit own = new Refit(0, true, true, Ridge.CROSS_VALIDATION);
      assertThat(compensated("llama-gqa-tied", base, recipe, own, samples).fitted())
          .as("with tau = 0 there is nothing else to fit")
          .hasSize(1);
    }
  }

  @Test
  void eachErrorFallsWithAlmostNoRidge() throws IOException {
    try (Model base = load("gpt-neox")) {
      Refit refit = Refit.of(ALMOST_NONE);
      for (Fitted one : compensated("gpt-neox", base, some(base), refit, rows(5, 12)).fitted()) {
        assertThat(one.after()).as(one.matrix()).isLessThan(one.before());
      }
    }
  }

  /** Behind a block that goes the next structures take over what it wrote. */
  @Test
  void whatFollowsARemovedBlockIsRefitted() throws IOException {
    Batch few = rows(1, 8);
    try (Model base = load("llama-mha")) {
      Recipe recipe = withoutBlock(base, 1);
      Compensated fit = compensated("llama-mha", base, recipe, Refit.of(ALMOST_NONE), few);
      assertThat(fit.fitted())
          .extracting(Fitted::matrix)
          .containsExactly("model.layers.1.self_attn.o_proj", "model.layers.1.mlp.down_proj");
      Refit stream = new Refit(1, true, true, ALMOST_NONE);
      Compensated exact = compensated("llama-mha", base, recipe, stream, few);
      try (Model pruned = recipe.applied(base);
          Model model = CompensationFile.applied(base, recipe, exact.file())) {
        float[] whole = logits(base, few);
        assertThat(distance(logits(pruned, few), whole)).isGreaterThan(0.05);
        assertThat(distance(logits(model, few), whole)).isLessThan(5e-4);
      }
    }
  }

  /** The masked model: whole, with the fitted matrices in their places and zeros where cut. */
  @Test
  void thePrunedModelIsTheMaskedOneWithTheMatricesPutBack() throws IOException {
    Batch samples = rows(3, 10);
    try (Model base = load("llama-gqa-tied")) {
      Recipe recipe = some(base);
      Compensated fit = compensated("llama-gqa-tied", base, recipe, Refit.of(Ridge.RULE), samples);
      try (Model model = CompensationFile.applied(base, recipe, fit.file());
          NDManager scope = base.weights().manager().newSubManager();
          GradMode mode = GradMode.off()) {
        Map<String, NDArray> placed = new HashMap<>();
        for (Fitted one : fit.fitted()) {
          String weight = one.matrix() + ".weight";
          placed.put(weight, placedBack(base, recipe, weight, model, scope));
        }
        TensorOps ops =
            new TensorOps(
                scope,
                base,
                name -> placed.getOrDefault(name, base.weights().get(name)),
                dev.secateur.model.Layout.of(samples.idRows()));
        float[] masked = base.decoder().logits(ops, samples.ids(scope)).toFloatArray();
        assertThat(distance(masked, logits(model, samples))).isLessThan(1e-5);
      }
    }
  }

  private static NDArray placedBack(
      Model base, Recipe recipe, String weight, Model model, NDManager scope) {
    List<Long> shape = base.weights().shapes().get(weight);
    int rows = shape.get(0).intValue();
    int columns = shape.get(1).intValue();
    long[] kept =
        dev.secateur.pruning.Remains.of(base.decoder(), recipe.groups()).kept(weight, 1, columns);
    float[] narrow = HostArrays.floats(model.weights().get(weight));
    float[] wide = new float[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < kept.length; i++) {
        wide[row * columns + (int) kept[i]] = narrow[row * kept.length + i];
      }
    }
    return Kernels.get().scale(scope, HostArrays.of(scope, wide, rows, columns), 1);
  }

  @Test
  void streamedAndResidentWeightsGiveTheSameFile() throws IOException {
    Batch samples = rows(5, 10);
    byte[] first = null;
    for (Residency residency : Residency.values()) {
      try (Model base = CheckpointReader.open(checkpoint("qwen2"), Device.cpu(), residency)) {
        Recipe recipe = some(base);
        Path file =
            compensated("qwen2", base, recipe, Refit.of(Ridge.CROSS_VALIDATION), samples).file();
        byte[] bytes = Files.readAllBytes(file);
        first = first == null ? bytes : first;
        assertThat(bytes).as(residency.name()).isEqualTo(first);
        try (Model model = CompensationFile.applied(base, recipe, file);
            Model resident = load("qwen2");
            Model other = CompensationFile.applied(resident, recipe, file)) {
          assertThat(logits(model, samples)).isEqualTo(logits(other, samples));
        }
      }
    }
    assertThat(folder).isDirectoryNotContaining(path -> Files.isDirectory(path));
  }

  @Test
  void expertsOfFewTokensKeepTheirWeights() throws IOException {
    Batch samples = rows(4, 12);
    try (Model base = load("mixtral")) {
      Recipe recipe = some(base);
      Refit all = new Refit(0.5, true, true, Ridge.RULE, 1);
      Refit none = new Refit(0.5, true, true, Ridge.RULE, 1000);
      List<String> fitted =
          compensated("mixtral", base, recipe, all, samples).fitted().stream()
              .map(Fitted::matrix)
              .toList();
      assertThat(fitted).anyMatch(matrix -> matrix.contains(".experts."));
      assertThat(compensated("mixtral", base, recipe, none, samples).fitted())
          .extracting(Fitted::matrix)
          .isNotEmpty()
          .noneMatch(matrix -> matrix.contains(".experts."));
    }
  }

  /** Kept experts write what they wrote; the attention of the blocks behind is refitted. */
  @Test
  void whatFollowsARemovedExpertIsRefitted() throws IOException {
    Batch samples = rows(4, 12);
    try (Model base = load("mixtral")) {
      Recipe recipe =
          Compensated.recipe(
              base.decoder(),
              Strategy.EXPERT,
              s -> s.kind() == Kind.EXPERTS && s.layer() == 1 ? List.of(0) : List.of());
      Compensated fit = compensated("mixtral", base, recipe, Refit.of(Ridge.RULE), samples);
      assertThat(fit.fitted())
          .isNotEmpty()
          .extracting(Fitted::matrix)
          .allMatch(matrix -> matrix.endsWith("self_attn.o_proj"))
          .noneMatch(matrix -> matrix.contains("layers.1."));
      try (Model model = CompensationFile.applied(base, recipe, fit.file())) {
        assertThat(logits(model, samples)).hasSameSizeAs(logits(base, samples));
      }
    }
  }

  @Test
  void whatItDoesNotCoverIsRefusedByName() {
    try (Model stacked = load("gpt-oss");
        Model llama = load("llama-mha")) {
      assertThatThrownBy(() -> Compensation.check(stacked.decoder(), Strategy.BLOCK))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "compensation 'least-squares' does not support experts whose matrices are"
                  + " stored in one tensor (gpt_oss); choose compensation 'none'");
      for (Strategy strategy : List.of(Strategy.CHANNEL, Strategy.IGNORE_DEPENDENCIES)) {
        assertThatThrownBy(() -> Compensation.check(llama.decoder(), strategy))
            .isInstanceOf(InputException.class)
            .hasMessage(
                "compensation 'least-squares' can't be combined with the strategy '"
                    + strategy.label()
                    + "'; choose compensation 'none', or another strategy");
      }
    }
  }

  @Test
  void aFileOfAnotherRecipeIsRefused() throws IOException {
    try (Model base = load("llama-mha")) {
      Batch samples = rows(2, 8);
      Path file = compensated("llama-mha", base, some(base), Refit.of(Ridge.RULE), samples).file();
      assertThatThrownBy(() -> CompensationFile.applied(base, withoutBlock(base, 0), file))
          .isInstanceOf(InputException.class)
          .hasMessage(
              file
                  + ": was fitted to another recipe, which removes other units; fit it to"
                  + " this recipe");
      Path weights = Fixtures.resource("families/llama-mha").resolve("model.safetensors");
      assertThatThrownBy(() -> CompensationFile.applied(base, some(base), weights))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("is not a compensation");
    }
  }
}
