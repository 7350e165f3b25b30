package dev.secateur.compensation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Ridge;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What compensation is worth on a trained model, pruned by taylor-element1: perplexity on held-out
 * windows, against what an independent computation came to (the first two rows; the third is what
 * this one came to). The last of each row is the perplexity of the pruned model without it.
 */
class CompensationStoriesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "0.25, 1, false, small, 6.49, 7.76",
    "0.5, 1, false, small, 15.70, 23.75",
    "0.5, 0.5, true, small, 14.62, 23.75"
  })
  void makesUpForMuchOfWhatPruningCosts(
      String ratio, double stream, boolean rest, String samples, double expected, double without)
      throws IOException {
    Path shared = Fixtures.shared();
    assumeTrue(
        Fixtures.hasShared("fixtures/compensation/stories260k.texts.safetensors"),
        "stories260k's texts are not beside the project: skipped");
    Path text =
        samples.equals("small")
            ? shared.resolve("fixtures/pruning/stories260k.calibration.safetensors")
            : shared.resolve("fixtures/compensation/stories260k.texts.safetensors");
    Checkpoint checkpoint = Checkpoint.open(shared.resolve("models/stories260k"));
    try (Model base = CheckpointReader.load(checkpoint, Device.cpu())) {
      Recipe recipe = Compensated.recipe(base.decoder(), removed(ratio));
      Batch batch = Batch.causal(rows(text, samples.equals("small") ? "input_ids" : "large"));
      Refit refit = new Refit(stream, rest, true, Ridge.CROSS_VALIDATION);
      Compensated fit = Compensated.of(checkpoint, base, recipe, refit, batch, folder);
      try (Model model = CompensationFile.applied(base, recipe, fit.file())) {
        long[][] windows =
            rows(shared.resolve("fixtures/pruning/stories260k.eval.safetensors"), "input_ids");
        double found = Perplexity.of(model, windows, (done, all) -> {}).perplexity();
        assertThat(found).isLessThan(without);
        assertThat(found).isCloseTo(expected, withPercentage(2));
      }
    }
  }

  private static JsonNode removed(String ratio) throws IOException {
    Path fixture = Fixtures.shared().resolve("fixtures/pruning/stories260k.json");
    return StreamSupport.stream(
            Json.MAPPER.readTree(fixture.toFile()).get("runs").spliterator(), false)
        .filter(run -> run.get("criterion").asText().equals("param_first"))
        .filter(run -> run.get("aggregation").asText().equals("sum"))
        .findFirst()
        .orElseThrow()
        .at("/pruned/" + ratio + "/units");
  }

  private static long[][] rows(Path file, String name) {
    try (SafetensorsFile ids = SafetensorsFile.open(file)) {
      int tokens = (int) ids.tensor(name).shape()[1];
      long[] flat = ids.integers(name);
      return IntStream.range(0, flat.length / tokens)
          .mapToObj(row -> Arrays.copyOfRange(flat, row * tokens, (row + 1) * tokens))
          .toArray(long[][]::new);
    }
  }
}
