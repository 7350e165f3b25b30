package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Logits, loss and the gradient of every parameter against what Hugging Face transformers computes.
 */
class GoldenTest {
  @ParameterizedTest
  @ValueSource(strings = {"llama-mha", "llama-gqa-tied", "llama-headdim", "llama-bias"})
  void computesTheGoldenLogitsAndGradients(String family) {
    Path folder = Fixtures.resource("families/" + family);
    Kernels kernels = Kernels.get();
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"));
        Model model = CheckpointReader.load(Checkpoint.open(folder), Device.cpu());
        NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.recording()) {
      long[] shape = golden.tensor("input_ids").shape();
      long[] flat = golden.integers("input_ids");
      NDArray ids = scope.create(flat, new Shape(shape)).duplicate();
      Map<String, NDArray> leaves = new LinkedHashMap<>();
      TensorOps ops =
          new TensorOps(
              scope,
              name ->
                  leaves.computeIfAbsent(name, n -> kernels.leaf(scope, model.weights().get(n))));
      NDArray logits = model.decoder().logits(ops, ids);

      assertThat(error(logits.toFloatArray(), golden.reals("logits"))).isLessThan(1e-4);

      NDArray loss =
          kernels.scale(
              scope,
              kernels.crossEntropySum(scope, logits, nextTokens(scope, flat, shape)),
              1.0 / (shape[0] * (shape[1] - 1)));
      assertThat((double) loss.getFloat())
          .isCloseTo(
              golden.reals("loss")[0], org.assertj.core.data.Percentage.withPercentage(0.01));

      List<NDArray> gradients =
          kernels.grad(scope, loss, scope.ones(new Shape()), List.copyOf(leaves.values()));
      int i = 0;
      for (String name : leaves.keySet()) {
        assertThat(error(gradients.get(i++).toFloatArray(), golden.reals("grad." + name)))
            .as(name)
            .isLessThan(1e-4);
      }
      assertThat(leaves).hasSize(model.weights().arrays().size());
    }
  }

  private static NDArray nextTokens(NDManager scope, long[] ids, long[] shape) {
    long[] targets = new long[ids.length];
    int tokens = (int) shape[1];
    for (int i = 0; i < ids.length; i++) {
      targets[i] = i % tokens == tokens - 1 ? -100 : ids[i + 1];
    }
    return scope.create(targets, new Shape(shape)).duplicate();
  }

  /**
   * Relative L2 error; a key bias has no gradient in exact arithmetic and is compared with 1e-6
   * absolute.
   */
  private static double error(float[] found, double[] expected) {
    double difference = 0;
    for (int i = 0; i < found.length; i++) {
      difference += Math.pow(found[i] - expected[i], 2);
    }
    double norm = Math.sqrt(Arrays.stream(expected).map(x -> x * x).sum());
    return Math.sqrt(difference) / Math.max(norm, 1e-2);
  }
}
