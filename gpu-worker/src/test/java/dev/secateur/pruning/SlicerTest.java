package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.model.Weights;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlicerTest {
  @TempDir Path folder;

  private static Checkpoint checkpoint(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family));
  }

  private static List<Recipe.Group> randomGroups(Model model, Strategy strategy) {
    Random random = new Random(3);
    return Pruning.choose(
        Pruning.eligible(Discovery.of(model.decoder()), strategy, 0, model.decoder().layers()),
        new BigDecimal("0.5"),
        structure -> random.doubles(structure.units()).toArray());
  }

  private static float[] logits(Model model, TensorOps ops, NDManager scope) {
    NDArray ids = scope.create(new long[] {1, 5, 9, 2, 77, 31}, new Shape(2, 3)).duplicate();
    try (GradMode mode = GradMode.off()) {
      return model.decoder().logits(ops, ids).toFloatArray();
    }
  }

  private static float[] logits(Model model) {
    try (NDManager scope = model.weights().manager().newSubManager()) {
      return logits(model, new TensorOps(scope, model.weights()::get), scope);
    }
  }

  /** The whole model with every entry that the groups remove set to zero. */
  private static Model masked(Model model, List<Recipe.Group> groups) {
    Map<String, CoupledStructure> structures = new LinkedHashMap<>();
    Discovery.of(model.decoder()).forEach(s -> structures.put(s.name(), s));
    NDManager manager = NDManager.newBaseManager(Device.cpu());
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    model.weights().arrays().forEach((name, array) -> arrays.put(name, copy(array, manager)));
    for (Recipe.Group group : groups) {
      for (Member member : structures.get(group.name()).members()) {
        arrays.put(
            member.parameter(),
            zeroed(arrays.get(member.parameter()), member, group.removed(), manager));
      }
    }
    return new Model(model.decoder(), new Weights(manager, arrays));
  }

  private static NDArray copy(NDArray array, NDManager manager) {
    return manager.create(array.toFloatArray(), array.getShape()).duplicate();
  }

  private static NDArray zeroed(
      NDArray array, Member member, List<Integer> units, NDManager manager) {
    float[] values = array.toFloatArray();
    long columns = array.getShape().dimension() > 1 ? array.getShape().get(1) : 1;
    for (int i = 0; i < values.length; i++) {
      int index = (int) (member.dimension() == 0 ? i / columns : i % columns);
      values[i] = units.contains(member.unitOf(index)) ? 0 : values[i];
    }
    return manager.create(values, array.getShape()).duplicate();
  }

  /** Divides the mean square by the narrowed width, as the sliced model's norm does. */
  private static final class NarrowNorms extends TensorOps {
    private final double whole;
    private final double narrowed;

    NarrowNorms(NDManager scope, Weights weights, double whole, double narrowed) {
      super(scope, weights::get);
      this.whole = whole;
      this.narrowed = narrowed;
    }

    @Override
    public NDArray rmsNorm(NDArray x, String name, double eps) {
      // x / sqrt(sum / narrowed + eps), from a norm that computes x / sqrt(sum / whole + eps').
      NDArray normed = super.rmsNorm(x, name, eps * narrowed / whole);
      return kernels.scale(scope, normed, Math.sqrt(narrowed / whole));
    }
  }

  @ParameterizedTest
  @CsvSource({"llama-mha", "llama-gqa-tied", "llama-headdim", "llama-bias"})
  void aSlicedModelEqualsTheMaskedOneForBlocks(String family) {
    try (Model model = CheckpointReader.load(checkpoint(family), Device.cpu())) {
      List<Recipe.Group> groups = randomGroups(model, Strategy.BLOCK);
      try (Model sliced = Slicer.slice(model, groups);
          Model masked = masked(model, groups)) {
        assertThat(sliced.weights().elements()).isLessThan(model.weights().elements());
        assertThat(logits(sliced)).containsExactly(logits(masked), within(1e-5f));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"llama-mha", "llama-gqa-tied", "llama-headdim", "llama-bias"})
  void aSlicedModelEqualsTheMaskedOneForChannels(String family) {
    try (Model model = CheckpointReader.load(checkpoint(family), Device.cpu())) {
      List<Recipe.Group> groups = randomGroups(model, Strategy.CHANNEL);
      try (Model sliced = Slicer.slice(model, groups);
          Model masked = masked(model, groups);
          NDManager scope = NDManager.newBaseManager(Device.cpu())) {
        TensorOps narrow = new NarrowNorms(scope, masked.weights(), 32, 16);
        assertThat(logits(sliced)).containsExactly(logits(masked, narrow, scope), within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"llama-gqa-tied, BLOCK", "llama-gqa-tied, CHANNEL", "llama-bias, BLOCK"})
  void aWrittenModelComputesTheSameAsTheOneInMemory(String family, Strategy strategy)
      throws IOException {
    try (Model model = CheckpointReader.load(checkpoint(family), Device.cpu());
        Model sliced = Slicer.slice(model, randomGroups(model, strategy))) {
      CheckpointWriter.write(sliced, checkpoint(family), ElementType.F32, folder);
      try (Model read = CheckpointReader.load(Checkpoint.open(folder), Device.cpu())) {
        assertThat(logits(read)).isEqualTo(logits(sliced));
        assertThat(read.weights().elements()).isEqualTo(sliced.weights().elements());
      }
    }
  }

  @Test
  void aRecipeSurvivesTheWayToDisk() throws IOException {
    try (Model model = CheckpointReader.load(checkpoint("llama-mha"), Device.cpu())) {
      Recipe recipe =
          new Recipe(
              Map.of("sha256", "x"),
              Strategy.BLOCK,
              new BigDecimal("0.5"),
              dev.secateur.protocol.Criterion.TAYLOR_ELEMENT1,
              dev.secateur.protocol.Aggregation.SUM,
              randomGroups(model, Strategy.BLOCK),
              new Recipe.Parameters(2, 1),
              Map.of());
      Path file = folder.resolve("recipe.json");
      java.nio.file.Files.writeString(file, recipe.json());
      assertThat(Recipe.read(file)).isEqualTo(recipe);
      assertThat(recipe.json()).contains("\"taylor-element1\"").contains("\"layers.0.attention\"");
    }
  }

  @Test
  void refusesARecipeOfAnotherModel() {
    try (Model model = CheckpointReader.load(checkpoint("llama-mha"), Device.cpu())) {
      List<Recipe.Group> groups = List.of(new Recipe.Group("layers.0.mlp", 99, List.of(1)));
      assertThatThrownBy(() -> Slicer.slice(model, groups))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("'layers.0.mlp' does not fit the model");
    }
  }
}
