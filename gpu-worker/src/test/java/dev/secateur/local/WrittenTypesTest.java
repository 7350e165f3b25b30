package dev.secateur.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.EditedCheckpoint;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointTensors;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.json.Json;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the weights of a pruned checkpoint are stored as. */
class WrittenTypesTest {
  private static final CommandProvenance TYPED = new CommandProvenance("secateur prune", "base");

  private static final String UP = "model.layers.1.mlp.up_proj.weight"; // (88, 32)
  private static final Samples NO_SAMPLES =
      new Samples(new TextRef("", ""), Sampling.ROWS, 1, 2, 1, false, Activations.AUTO);

  @TempDir Path folder;

  private static PruneJob job(Path checkpoint, Strategy strategy, Criterion criterion) {
    LayerSpan all = new LayerSpan(0, 3);
    return new PruneJob(
        Checkpoint.open(checkpoint),
        Device.cpu(),
        new Point(
            strategy,
            all,
            all,
            new BigDecimal("0.25"),
            criterion,
            Aggregation.SUM,
            Scope.LOCAL,
            Target.GROUP_RATIO,
            1),
        Optional.empty(),
        NO_SAMPLES,
        Allowance.of(WeightPlacement.AUTO),
        Precision.FLOAT32,
        line -> {});
  }

  /** Blocks of another type each, norms in float32. */
  private EditedCheckpoint mixed() {
    return EditedCheckpoint.of("llama-mha", folder)
        .tensors(
            tensors ->
                tensors.names().stream()
                    .filter(name -> name.endsWith("proj.weight"))
                    .forEach(
                        name -> {
                          if (name.contains("layers.0")) {
                            tensors.convert(name, ElementType.F16);
                          } else if (name.contains("layers.1")) {
                            tensors.convert(name, ElementType.BF16);
                          }
                        }));
  }

  private Path written(Path checkpoint, Strategy strategy, Criterion criterion, String type)
      throws IOException {
    Path out = folder.resolve("out-" + strategy + criterion + type);
    try (PruneJob job = job(checkpoint, strategy, criterion)) {
      Optional<ElementType> chosen =
          Optional.of(type)
              .filter(name -> !name.isEmpty())
              .map(name -> ElementType.ofWeights(name, "--dtype"));
      job.writeModel(job.run(), chosen, out, TYPED);
    }
    return out;
  }

  private static CheckpointTensors tensors(Path checkpoint) {
    return CheckpointTensors.read(checkpoint.resolve("model.safetensors"));
  }

  private static JsonNode config(Path checkpoint) throws IOException {
    return Json.MAPPER.readTree(checkpoint.resolve("config.json").toFile());
  }

  @Test
  void areThoseOfTheBaseTensorByTensorAndBitByBit() throws IOException {
    Path base = mixed().folder();
    Path out = written(base, Strategy.BLOCK, Criterion.L1, "");
    CheckpointTensors before = tensors(base);
    CheckpointTensors after = tensors(out);
    assertThat(after.names()).containsExactlyInAnyOrderElementsOf(before.names());
    for (String name : before.names()) {
      assertThat(after.type(name)).as(name).isEqualTo(before.type(name));
      if (!name.endsWith("proj.weight")) {
        assertThat(after.bytes(name)).as(name).isEqualTo(before.bytes(name));
      }
    }
    assertThat(after.type(UP)).isEqualTo(ElementType.BF16);
    assertThat(after.type(UP.replace("1", "0"))).isEqualTo(ElementType.F16);
    Recipe recipe = Recipe.read(out.resolve("recipe.json"));
    for (Recipe.Group group : recipe.groups()) {
      if (group.name().endsWith(".mlp")) {
        String name = "model." + group.name() + ".up_proj.weight";
        assertThat(after.bytes(name))
            .as(name)
            .isEqualTo(rowsLeft(before.bytes(name), group.units(), group.removed()));
      }
    }
    assertThat(config(out).get("dtype").asText()).isEqualTo("float32"); // as the base's says
  }

  private static byte[] rowsLeft(byte[] matrix, int rows, List<Integer> gone) {
    int width = matrix.length / rows;
    byte[] left = new byte[(rows - gone.size()) * width];
    int at = 0;
    for (int row = 0; row < rows; row++) {
      if (!gone.contains(row)) {
        System.arraycopy(matrix, row * width, left, at, width);
        at += width;
      }
    }
    return left;
  }

  @Test
  void goWithTheirBlocksWhereBlocksAreRemoved() throws IOException {
    Path out = written(mixed().folder(), Strategy.LAYER, Criterion.LAST_N, "");
    assertThat(Recipe.read(out.resolve("recipe.json")).groups().get(0).removed())
        .containsExactly(0);
    assertThat(tensors(out).type("model.layers.0.mlp.up_proj.weight")).isEqualTo(ElementType.BF16);
    assertThat(tensors(out).type(UP)).isEqualTo(ElementType.F32);
  }

  @Test
  void areThoseOfTheBaseWhereEntriesAreMasked() throws IOException {
    Path out = written(mixed().folder(), Strategy.IGNORE_DEPENDENCIES, Criterion.L1, "");
    assertThat(tensors(out).type(UP)).isEqualTo(ElementType.BF16);
    assertThat(tensors(out).type("lm_head.weight")).isEqualTo(ElementType.F32);
  }

  @Test
  void areAllTheOneThatIsAskedFor() throws IOException {
    Path out = written(mixed().folder(), Strategy.BLOCK, Criterion.L1, "bf16");
    CheckpointTensors after = tensors(out);
    assertThat(after.names()).allMatch(name -> after.type(name) == ElementType.BF16);
    assertThat(config(out).get("dtype").asText()).isEqualTo("bfloat16");
  }

  @Test
  void theConfigSaysTheTypeThatAllHaveWhereTheBaseSaysNone() throws IOException {
    EditedCheckpoint base =
        EditedCheckpoint.of("llama-mha", folder)
            .config(config -> config.remove(List.of("dtype", "torch_dtype")))
            .tensors(t -> t.names().forEach(name -> t.convert(name, ElementType.BF16)));
    Path out = written(base.folder(), Strategy.BLOCK, Criterion.L1, "");
    assertThat(config(out).get("dtype").asText()).isEqualTo("bfloat16");
    base.config(config -> config.put("torch_dtype", "float16"));
    Path other = written(base.folder(), Strategy.BLOCK, Criterion.L2, "");
    assertThat(config(other).get("dtype").asText()).isEqualTo("float16");
    assertThat(config(other).has("torch_dtype")).isFalse();
  }

  @Test
  void aWeightThatIsTooLargeForF16IsRefusedBeforeAnythingIsWritten() throws IOException {
    refuses(70000, "F16", "holds 70000.0, too large for F16", "--dtype BF16");
    refuses(-65520, "F16", "holds -65520.0, too large for F16", "--dtype BF16");
    Path largest = withWeight(65519); // rounds to 65504
    assertThat(written(largest, Strategy.LAYER, Criterion.FIRST_N, "F16")).isNotEmptyDirectory();
  }

  @Test
  void aWeightThatIsTooLargeForBf16IsRefused() throws IOException {
    refuses(Float.MAX_VALUE, "BF16", "holds 3.4028235E38, too large for BF16", "--dtype F32");
  }

  private Path withWeight(float value) {
    return EditedCheckpoint.of("llama-mha", folder).tensors(t -> t.set(UP, 5, value)).folder();
  }

  private void refuses(float value, String type, String... complaints) throws IOException {
    Path out = folder.resolve("refused");
    Optional<ElementType> chosen = Optional.of(ElementType.valueOf(type));
    try (PruneJob job = job(withWeight(value), Strategy.LAYER, Criterion.FIRST_N)) {
      Recipe recipe = job.run(); // removes the last block
      for (var attempt :
          List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
              () -> job.checkFits(recipe, chosen),
              () -> job.writeModel(recipe, chosen, out, TYPED))) {
        assertThatThrownBy(attempt)
            .isInstanceOf(InputException.class)
            .hasMessageContaining("tensor '" + UP + "'")
            .message()
            .hasLineCount(1)
            .contains(Arrays.asList(complaints));
      }
    }
    assertThat(folder).isDirectoryNotContaining(path -> !path.endsWith("llama-mha"));
  }
}
