package dev.secateur.compensation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Experts' matrices, and attention around them, against a Mixtral that is written out anew in
 * float64 (python/expert_compensation.py).
 */
class ExpertCompensationTest {
  @TempDir Path folder;

  @Test
  void fitsTheExpectedMatrices() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(Fixtures.resource("families/mixtral"));
    Refit refit = new Refit(0.5, true, true, Ridge.of(0.1), 1);
    try (SafetensorsFile golden =
            SafetensorsFile.open(Fixtures.resource("compensation/mixtral.safetensors"));
        Model base = CheckpointReader.load(checkpoint, Device.cpu())) {
      Recipe recipe =
          Compensated.recipe(base.decoder(), Strategy.BLOCK, ExpertCompensationTest::units);
      long[] ids = golden.integers("input_ids");
      Batch samples =
          Batch.causal(
              new long[][] {Arrays.copyOfRange(ids, 0, 12), Arrays.copyOfRange(ids, 12, 24)});
      Compensated fit = Compensated.of(checkpoint, base, recipe, refit, samples, folder);
      List<String> fitted = fit.fitted().stream().map(one -> one.matrix() + ".weight").toList();
      List<String> expected =
          golden.tensors().keySet().stream().filter(name -> name.endsWith(".weight")).toList();
      assertThat(fitted).containsExactlyInAnyOrderElementsOf(expected);
      fitted.forEach(
          name ->
              assertThat(fit.reals(name))
                  .as(name)
                  .containsExactly(golden.reals(name), within(1e-5)));
      try (Model model = CompensationFile.applied(base, recipe, fit.file());
          NDManager scope = model.weights().manager().newSubManager();
          GradMode mode = GradMode.off()) {
        float[] logits = model.logits(scope, samples).toFloatArray();
        double[] wide = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).toArray();
        assertThat(wide).containsExactly(golden.reals("logits"), within(1e-5));
      }
    }
  }

  private static List<Integer> units(CoupledStructure structure) {
    if (structure.layer() != 1 || structure.kind() == Kind.EXPERTS) {
      return List.of();
    }
    return structure.kind() == Kind.ATTENTION
        ? List.of(1)
        : IntStream.range(0, structure.units()).filter(c -> c % 4 == 1).boxed().toList();
  }
}
