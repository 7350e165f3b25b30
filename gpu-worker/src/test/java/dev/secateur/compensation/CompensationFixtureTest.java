package dev.secateur.compensation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Ridge;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Refitted matrices and what they write, against an independent computation in float64. */
class CompensationFixtureTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "llama-gqa-tied, own, 0, false",
    "llama-gqa-tied, stream, 1, false",
    "gpt2, own, 0, false",
    "gpt2, stream, 1, false",
    "gpt2, stream-bias, 1, true",
    "gpt-neox, own, 0, false",
    "gpt-neox, stream, 1, false",
    "gpt-neox, stream-bias, 1, true",
    "bloom, own, 0, false",
    "bloom, stream, 1, false",
    "bloom, stream-bias, 1, true",
    "stories260k, own, 0, false",
    "stories260k, stream, 1, false"
  })
  void fitsTheExpectedMatrices(String family, String target, double stream, boolean biases)
      throws IOException {
    String name = "fixtures/compensation/" + family + ".compensation";
    assumeTrue(
        Fixtures.hasShared(name + ".safetensors"),
        "the golden values of compensation are not beside the project: skipped");
    JsonNode made = Json.MAPPER.readTree(Fixtures.shared().resolve(name + ".json").toFile());
    Checkpoint checkpoint =
        Checkpoint.open(
            family.equals("stories260k")
                ? Fixtures.shared().resolve("models/stories260k")
                : Fixtures.resource("families/" + family));
    Refit refit = new Refit(stream, false, biases, Ridge.of(made.get("rho").asDouble()));
    try (SafetensorsFile golden =
            SafetensorsFile.open(Fixtures.shared().resolve(name + ".safetensors"));
        Model base = CheckpointReader.load(checkpoint, Device.cpu())) {
      Recipe recipe = Compensated.recipe(base.decoder(), made.get("removed"));
      Batch samples = Batch.causal(rows(golden));
      Compensated compensated = Compensated.of(checkpoint, base, recipe, refit, samples, folder);
      int checked = 0;
      for (Fitted fitted : compensated.fitted()) {
        String structure = target + "." + structure(fitted.matrix());
        double[] errors = golden.reals(structure + ".error");
        assertThat(fitted.before()).as(structure).isCloseTo(errors[0], within(1e-5 * errors[0]));
        assertThat(fitted.after()).as(structure).isCloseTo(errors[1], within(1e-5 * errors[0]));
        double[] wanted = golden.reals(structure + ".weight");
        double[] found = compensated.reals(fitted.matrix() + ".weight");
        if (family.equals("gpt2")) {
          found = transposed(found, golden.tensor(structure + ".weight").shape());
        }
        assertNear(found, wanted, structure);
        if (biases) {
          assertNear(
              compensated.reals(fitted.matrix() + ".bias"),
              golden.reals(structure + ".bias"),
              structure);
        }
        checked++;
      }
      assertThat(checked).isEqualTo(made.get("removed").size());
      long[] shape = golden.tensor(target + ".logits").shape();
      try (Model model = CompensationFile.applied(base, recipe, compensated.file());
          NDManager scope = model.weights().manager().newSubManager();
          GradMode mode = GradMode.off()) {
        float[] logits = model.logits(scope, samples.rows(0, (int) shape[0])).toFloatArray();
        double[] all = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).toArray();
        assertNear(all, golden.reals(target + ".logits"), target + ".logits");
      }
    }
  }

  private static void assertNear(double[] found, double[] wanted, String name) {
    double largest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
    double off =
        IntStream.range(0, wanted.length)
            .mapToDouble(i -> Math.abs(found[i] - wanted[i]))
            .max()
            .orElseThrow();
    assertThat(found).as(name).hasSameSizeAs(wanted);
    assertThat(off / largest).as(name).isLessThan(1e-5);
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

  private static String structure(String matrix) {
    String[] words = matrix.split("\\.");
    String block = Arrays.stream(words).filter(w -> w.matches("\\d+")).findFirst().orElseThrow();
    String last = words[words.length - 1];
    boolean mlp = List.of("down_proj", "dense_4h_to_h").contains(last) || matrix.contains("mlp.");
    return "layers." + block + (mlp ? ".mlp" : ".attention");
  }

  private static long[][] rows(SafetensorsFile golden) {
    long[] shape = golden.tensor("input_ids").shape();
    long[] ids = golden.integers("input_ids");
    int tokens = (int) shape[1];
    return IntStream.range(0, (int) shape[0])
        .mapToObj(row -> Arrays.copyOfRange(ids, row * tokens, (row + 1) * tokens))
        .toArray(long[][]::new);
  }
}
