package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.BaichuanFixture;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.ResidentWeights;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SlicerTest {
  @TempDir Path folder;

  static List<String> families() {
    return List.of(
        "llama-mha",
        "llama-gqa-tied",
        "llama-headdim",
        "llama-bias",
        "llama3-rope",
        "mistral",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3",
        "phi3",
        "phi4-mini",
        "phi3-longrope",
        "phi3-shortrope",
        "llama-yarn",
        "llama-dynamic",
        "olmo2",
        "granite",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "gpt-oss",
        "bloom",
        "chatglm",
        "gpt-neox",
        "opt",
        "gpt2",
        "baichuan-7b",
        "baichuan-13b");
  }

  private Checkpoint checkpoint(String family) {
    return Checkpoint.open(
        family.startsWith("baichuan")
            ? BaichuanFixture.write(folder.resolve(family), family.endsWith("13b"))
            : Fixtures.resource("families/" + family));
  }

  private Model load(String family) {
    return CheckpointReader.load(checkpoint(family), Device.cpu());
  }

  /** Rows that GLM's positions can be told from. */
  private static Batch batch(String family) {
    String fixture = family.startsWith("baichuan") ? "llama-mha" : family;
    Path file = Fixtures.resource("families/" + fixture).resolve("golden.safetensors");
    try (SafetensorsFile golden = SafetensorsFile.open(file)) {
      long[] ids = golden.integers("input_ids");
      return Batch.causal(
          new long[][] {Arrays.copyOfRange(ids, 0, 12), Arrays.copyOfRange(ids, 12, 24)});
    }
  }

  private static List<Recipe.Group> randomGroups(Model model, Strategy strategy) {
    Random random = new Random(3);
    Eligible.Layers layers = Eligible.Layers.both(0, model.decoder().layers());
    List<CoupledStructure> eligible = Eligible.of(Discovery.of(model.decoder()), strategy, layers);
    Selection selection =
        new Selection(
            model.decoder(), eligible, strategy, layers, Budget.local(new BigDecimal("0.5")));
    Map<String, double[]> scores = new HashMap<>();
    eligible.forEach(s -> scores.put(s.name(), random.doubles(s.units()).toArray()));
    selection.remove(1, scores);
    return selection.groups();
  }

  private static float[] logits(Model model, Batch batch) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return model.logits(scope, batch).toFloatArray();
    }
  }

  /** The whole model with every entry that the groups remove set to zero. */
  private static Model masked(Model model, List<Recipe.Group> groups) {
    Map<String, CoupledStructure> structures = new LinkedHashMap<>();
    Discovery.of(model.decoder()).forEach(s -> structures.put(s.name(), s));
    NDManager manager = NDManager.newBaseManager(Device.cpu());
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    model
        .weights()
        .arrays()
        .forEach(
            (name, array) ->
                arrays.put(
                    name, manager.create(array.toFloatArray(), array.getShape()).duplicate()));
    for (Recipe.Group group : groups) {
      for (Member member : structures.get(group.name()).members()) {
        Masking.zero(arrays.get(member.parameter()), member, group.removed());
      }
    }
    return new Model(
        model.decoder(), new ResidentWeights(manager, arrays, model.decoder().constants()));
  }

  /** Takes means over the channels that are left, as the sliced model's norms do. */
  private static final class NarrowNorms extends TensorOps {
    private final Model model;
    private final Model sliced;

    NarrowNorms(NDManager scope, Model model, Model sliced, Batch batch) {
      super(scope, model, batch.idRows());
      this.model = model;
      this.sliced = sliced;
    }

    private static double width(Model of, String norm) {
      return of.weights().get(norm + ".weight").getShape().get(0);
    }

    @Override
    public NDArray rmsNorm(NDArray x, String name, double eps, double shift) {
      double whole = width(model, name);
      double left = width(sliced, name);
      if (whole == left) {
        return super.rmsNorm(x, name, eps, shift);
      }
      // x / sqrt(sum / left + eps), from a norm that computes x / sqrt(sum / whole + eps').
      NDArray normed = super.rmsNorm(x, name, eps * left / whole, shift);
      return kernels.scale(scope, normed, Math.sqrt(left / whole));
    }

    @Override
    public NDArray layerNorm(NDArray x, String name, double eps) {
      double left = width(sliced, name);
      if (width(model, name) == left) {
        return super.layerNorm(x, name, eps);
      }
      float[] values = x.toFloatArray();
      float[] weight = model.weights().get(name + ".weight").toFloatArray();
      float[] bias = model.weights().get(name + ".bias").toFloatArray();
      int width = weight.length;
      for (int row = 0; row < values.length / width; row++) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < width; i++) {
          double value = values[row * width + i];
          sum += value;
          squares += value * value;
        }
        double mean = sum / left;
        double deviation = Math.sqrt(squares / left - mean * mean + eps);
        for (int i = 0; i < width; i++) {
          int at = row * width + i;
          values[at] = (float) ((values[at] - mean) / deviation * weight[i] + bias[i]);
        }
      }
      return scope.create(values, x.getShape()).duplicate();
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void aSlicedModelEqualsTheMaskedOneForBlocks(String family) {
    try (Model model = load(family)) {
      List<Recipe.Group> groups = randomGroups(model, Strategy.BLOCK);
      assertThat(groups)
          .hasSizeGreaterThanOrEqualTo(2 * model.decoder().layers())
          .allMatch(group -> !group.removed().isEmpty());
      Batch batch = batch(family);
      try (Model sliced = Slicer.slice(model, groups);
          Model masked = masked(model, groups);
          NDManager scope = NDManager.newBaseManager(Device.cpu());
          GradMode mode = GradMode.off()) {
        assertThat(sliced.weights().elements()).isLessThan(model.weights().elements());
        TensorOps narrow = new NarrowNorms(scope, masked, sliced, batch); // OLMo 2 norms its heads
        float[] expected = masked.decoder().logits(narrow, batch.ids(scope)).toFloatArray();
        assertThat(logits(sliced, batch)).containsExactly(expected, within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void aSlicedModelEqualsTheMaskedOneForChannels(String family) {
    try (Model model = load(family)) {
      List<Recipe.Group> groups = randomGroups(model, Strategy.CHANNEL);
      assertThat(groups).hasSize(1);
      Batch batch = batch(family);
      try (Model sliced = Slicer.slice(model, groups);
          Model masked = masked(model, groups);
          NDManager scope = NDManager.newBaseManager(Device.cpu());
          GradMode mode = GradMode.off()) {
        TensorOps narrow = new NarrowNorms(scope, masked, sliced, batch);
        float[] expected = masked.decoder().logits(narrow, batch.ids(scope)).toFloatArray();
        assertThat(logits(sliced, batch)).containsExactly(expected, within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void aSlicedModelEqualsTheOneThatSkipsTheRemovedLayers(String family) {
    try (Model model = load(family);
        Model sliced = Slicer.slice(model, List.of(allLayersBut2(model)));
        NDManager scope = NDManager.newBaseManager(Device.cpu());
        GradMode mode = GradMode.off()) {
      Batch batch = batch(family);
      TensorOps ops = new TensorOps(scope, model, batch.idRows());
      NDArray residual = model.decoder().embed(ops, batch.ids(scope));
      residual = model.decoder().block(ops, residual, 2);
      float[] expected = model.decoder().head(ops, residual).toFloatArray();
      assertThat(sliced.decoder().layers()).isEqualTo(1);
      assertThat(logits(sliced, batch)).containsExactly(expected, within(1e-5f));
    }
  }

  private static Recipe.Group allLayersBut2(Model model) {
    int layers = model.decoder().layers();
    return new Recipe.Group(
        "layers", layers, IntStream.range(0, layers).filter(layer -> layer != 2).boxed().toList());
  }

  @ParameterizedTest
  @MethodSource("families")
  void aWrittenModelComputesTheSameAsTheOneInMemory(String family) throws IOException {
    for (Strategy strategy : List.of(Strategy.BLOCK, Strategy.CHANNEL, Strategy.LAYER)) {
      Path target = folder.resolve(strategy.label());
      try (Model model = load(family);
          Model sliced = Slicer.slice(model, randomGroups(model, strategy))) {
        CheckpointWriter.write(
            sliced, checkpoint(family), WrittenTypes.all(ElementType.F32), target);
        try (Model read = CheckpointReader.load(Checkpoint.open(target), Device.cpu())) {
          assertThat(logits(read, batch(family)))
              .as(strategy.label())
              .isEqualTo(logits(sliced, batch(family)));
          assertThat(read.weights().elements()).isEqualTo(sliced.weights().elements());
        }
      }
    }
  }

  @Test
  void aPrunedModelCanBePrunedAgain() {
    try (Model model = load("bloom");
        Model once = Slicer.slice(model, randomGroups(model, Strategy.BLOCK));
        Model twice = Slicer.slice(once, List.of(new Recipe.Group("layers", 3, List.of(1))));
        Model other = Slicer.slice(model, List.of(new Recipe.Group("layers", 3, List.of(1))))) {
      assertThat(twice.decoder().layers()).isEqualTo(2);
      assertThat(twice.weights().elements()).isLessThan(other.weights().elements());
      double[] kept = once.decoder().constants().get("transformer.h.2.self_attention.slopes");
      assertThat(twice.decoder().constants().get("transformer.h.1.self_attention.slopes"))
          .hasSize(2)
          .isEqualTo(kept);
    }
  }

  /** Defect D7: published code computes slopes anew for the heads that are left. */
  @Test
  void keptHeadsKeepTheirSlopesD7() {
    try (Model model = load("bloom")) {
      List<Recipe.Group> groups = List.of(new Recipe.Group("layers.1.attention", 4, List.of(0, 2)));
      String name = "transformer.h.1.self_attention.slopes";
      double[] whole = model.decoder().constants().get(name);
      assertThat(Pruning.prune(model.decoder(), groups).constants().get(name))
          .containsExactly(whole[1], whole[3]);
    }
  }

  /** Defect D14: published code unties embeddings and counts them twice. */
  @Test
  void tiedEmbeddingsStayTiedD14() {
    try (Model model = load("llama-gqa-tied");
        Model sliced = Slicer.slice(model, randomGroups(model, Strategy.CHANNEL))) {
      assertThat(sliced.weights().arrays()).doesNotContainKey("lm_head.weight");
      assertThat(sliced.weights().get("model.embed_tokens.weight").getShape().getShape())
          .containsExactly(128, 16);
    }
  }

  @Test
  void aRecipeSurvivesTheWayToDisk() throws IOException {
    try (Model model = load("llama-mha")) {
      Recipe recipe =
          new Recipe(
              Map.of("sha256", "x"),
              Strategy.BLOCK,
              new BigDecimal("0.5"),
              dev.secateur.protocol.Criterion.TAYLOR_ELEMENT1,
              dev.secateur.protocol.Aggregation.SUM,
              dev.secateur.protocol.Scope.LOCAL,
              dev.secateur.protocol.Target.GROUP_RATIO,
              1,
              randomGroups(model, Strategy.BLOCK),
              new Recipe.Parameters(2, 1),
              Map.of());
      Path file = folder.resolve("recipe.json");
      Files.writeString(file, recipe.json());
      assertThat(Recipe.read(file)).isEqualTo(recipe);
      assertThat(recipe.json()).contains("\"taylor-element1\"").contains("\"layers.0.attention\"");
    }
  }

  @Test
  void refusesARecipeOfAnotherModel() {
    try (Model model = load("llama-mha")) {
      List<Recipe.Group> groups = List.of(new Recipe.Group("layers.0.mlp", 99, List.of(1)));
      assertThatThrownBy(() -> Slicer.slice(model, groups))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("'layers.0.mlp' does not fit the model");
    }
  }
}
