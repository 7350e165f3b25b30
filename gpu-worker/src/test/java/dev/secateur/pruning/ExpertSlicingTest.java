package dev.secateur.pruning;

import static dev.secateur.pruning.ExpertModels.arrays;
import static dev.secateur.pruning.ExpertModels.batch;
import static dev.secateur.pruning.ExpertModels.checkpoint;
import static dev.secateur.pruning.ExpertModels.expected;
import static dev.secateur.pruning.ExpertModels.load;
import static dev.secateur.pruning.ExpertModels.logits;
import static dev.secateur.pruning.ExpertModels.scores;
import static dev.secateur.pruning.ExpertModels.selected;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.model.Batch;
import dev.secateur.model.ExpertCounts;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models without some of their experts: what they compute and what is written of them. */
class ExpertSlicingTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "olmoe", "gpt-oss"})
  void aSlicedModelEqualsTheFixturesAndTheOneWhoseExpertsAreClosed(String family)
      throws IOException {
    Batch batch = batch(family);
    try (Model model = load(family);
        SafetensorsFile arrays = arrays(family)) {
      assertThat(logits(model, batch)).containsExactly(floats(arrays, "logits"), within(1e-5f));
      List<Recipe.Group> groups = new ArrayList<>();
      expected(family)
          .properties()
          .forEach(
              layer ->
                  groups.add(
                      new Recipe.Group(
                          "layers." + layer.getKey() + ".experts",
                          4,
                          List.of(layer.getValue().get("removed").get(0).asInt()))));
      try (Model sliced = Slicer.slice(model, groups)) {
        assertThat(logits(sliced, batch))
            .containsExactly(floats(arrays, "logits.removed"), within(1e-5f))
            .containsExactly(closed(model, groups, batch), within(1e-5f));
        Path target = folder.resolve(family);
        WrittenCheckpoint written =
            CheckpointWriter.write(
                sliced, checkpoint(family), WrittenTypes.all(ElementType.F32), target);
        assertThat(written.isStock()).as(written.toString()).isTrue();
        try (Model read = load(target)) {
          assertThat(logits(read, batch)).isEqualTo(logits(sliced, batch));
          assertThat(read.decoder().experts().orElseThrow().inBlocks())
              .allMatch(count -> count == 0 || count == 3);
        }
      }
    }
  }

  private static float[] floats(SafetensorsFile arrays, String name) {
    double[] values = arrays.reals(name);
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** The whole model, the logits of whose removed experts are minus infinity. */
  private static float[] closed(Model model, List<Recipe.Group> groups, Batch batch) {
    Map<String, List<Integer>> removed = new HashMap<>();
    groups.forEach(group -> removed.put(group.name(), group.removed()));
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      TensorOps ops =
          new TensorOps(scope, model, batch.idRows()) {
            @Override
            public NDArray mixture(
                NDArray x, NDArray logits, Mixture mixture, Expert<NDArray> expert) {
              NDArray open = logits;
              for (int gone : removed.get("layers." + mixture.layer() + ".experts")) {
                open = mixtures.without(scope, open, gone);
              }
              return super.mixture(x, open, mixture, expert);
            }
          };
      return model.decoder().logits(ops, batch.ids(scope)).toFloatArray();
    }
  }

  /** Blocks may keep different numbers, of which the config then has a list. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "gpt-oss"})
  void blocksMayKeepDifferentNumbers(String family) throws IOException {
    Batch batch = batch(family);
    List<Recipe.Group> groups =
        List.of(
            new Recipe.Group("layers.1.experts", 4, List.of(0, 3)),
            new Recipe.Group("layers.2.experts", 4, List.of(2)));
    try (Model model = load(family);
        Model sliced = Slicer.slice(model, groups)) {
      Path target = folder.resolve("uneven");
      WrittenCheckpoint written =
          CheckpointWriter.write(
              sliced, checkpoint(family), WrittenTypes.all(ElementType.F32), target);
      assertThat(written.problem()).contains("2 experts of 24 channels in block");
      try (Model read = load(target);
          Model again = Slicer.slice(read, List.of(new Recipe.Group("layers", 3, List.of(0))))) {
        ExpertCounts counts = read.decoder().experts().orElseThrow();
        assertThat(counts.inBlocks().subList(1, 3)).containsExactly(2, 3);
        assertThat(again.decoder().experts().orElseThrow().inBlocks()).containsExactly(2, 3);
        assertThat(logits(read, batch)).isEqualTo(logits(sliced, batch));
        assertThat(logits(again, batch)).hasSameSizeAs(logits(sliced, batch));
        assertThat(read.weights().elements()).isLessThan(model.weights().elements());
      }
    }
  }

  /** Channels that all experts of a block lose together leave stock sizes. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "gpt-oss"})
  void sharedChannelsGoFromAllExpertsOfABlock(String family) throws IOException {
    Batch batch = batch(family);
    try (Model model = load(family)) {
      Map<String, double[]> scores =
          scores(model, Strategy.BLOCK_SHARED, Criterion.TAYLOR_ELEMENT1, batch);
      List<Recipe.Group> groups =
          selected(
              model.decoder(), Strategy.BLOCK_SHARED, Budget.local(new BigDecimal("0.5")), scores);
      Set<String> names = new TreeSet<>();
      groups.forEach(group -> names.add(group.name()));
      assertThat(names)
          .contains("layers.1.experts.mlp", "layers.2.experts.mlp")
          .noneMatch(name -> name.matches(".*experts\\.\\d.*"));
      try (Model sliced = Slicer.slice(model, groups)) {
        WrittenCheckpoint written =
            CheckpointWriter.write(
                sliced,
                checkpoint(family),
                WrittenTypes.all(ElementType.F32),
                folder.resolve("shared"));
        assertThat(written.isStock()).as(written.problem()).isTrue();
      }
      double[] own = scores.get("layers.1.experts.mlp");
      if (!family.equals("gpt-oss")) {
        Map<String, double[]> each =
            scores(model, Strategy.BLOCK, Criterion.TAYLOR_ELEMENT1, batch);
        double sum = 0;
        for (int expert = 0; expert < 4; expert++) {
          sum += each.get("layers.1.experts." + expert + ".mlp")[5];
        }
        assertThat(own[5]).isCloseTo(sum, within(1e-9));
      }
    }
  }
}
