package dev.secateur.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.secateur.EditedCheckpoint;
import dev.secateur.PythonTools;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
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
import dev.secateur.pruning.GivenRecipe;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scores and recipes from elsewhere, of a LLaMA of 3 blocks with 4 heads and 88 channels. */
class GivenTest {
  private static final Samples NO_SAMPLES =
      new Samples(new TextRef("", ""), Sampling.ROWS, 1, 2, 1, false, Activations.AUTO);

  @TempDir private Path folder;

  private Path checkpoint;
  private Path scores;

  @BeforeEach
  void setUp() {
    checkpoint = EditedCheckpoint.of("llama-mha", folder).folder();
    scores = folder.resolve("mine.safetensors");
  }

  private Recipe run(Criterion criterion, Optional<Path> given, Aggregation aggregation) {
    return run(criterion, given, aggregation, 1);
  }

  private Recipe run(
      Criterion criterion, Optional<Path> given, Aggregation aggregation, int steps) {
    LayerSpan all = new LayerSpan(0, 3);
    Point point =
        new Point(
            Strategy.BLOCK,
            all,
            all,
            new BigDecimal("0.5"),
            criterion,
            aggregation,
            Scope.GLOBAL,
            Target.GROUP_RATIO,
            steps);
    try (PruneJob job =
        new PruneJob(
            Checkpoint.open(checkpoint),
            Device.cpu(),
            point,
            given.<Given>map(Given.Scores::new).orElse(Given.NOTHING),
            Optional.empty(),
            NO_SAMPLES,
            Allowance.of(WeightPlacement.AUTO),
            Precision.FLOAT32,
            line -> {})) {
      return job.run();
    }
  }

  /** Squared weights, summed without any of Secateur's structures, by what config.json says. */
  private Map<String, double[]> magnitudes() {
    Map<String, double[]> found = new TreeMap<>();
    try (SafetensorsFile weights = SafetensorsFile.open(checkpoint.resolve("model.safetensors"))) {
      for (int layer = 0; layer < 3; layer++) {
        String block = "model.layers." + layer + ".";
        String name = "mine/layers." + layer + ".";
        int member = 0;
        for (String part : "q k v o".split(" ")) {
          double[] channels =
              squares(weights, block + "self_attn." + part + "_proj.weight", part.equals("o"));
          found.put(name + "attention/" + member++, summed(channels, channels.length / 4));
        }
        member = 0;
        for (String part : "gate up down".split(" ")) {
          found.put(
              name + "mlp/" + member++,
              squares(weights, block + "mlp." + part + "_proj.weight", part.equals("down")));
        }
      }
    }
    return found;
  }

  private static double[] squares(SafetensorsFile weights, String name, boolean columns) {
    int rows = (int) weights.tensor(name).shape()[0];
    double[] values = weights.reals(name);
    int width = values.length / rows;
    double[] sums = new double[columns ? width : rows];
    for (int i = 0; i < values.length; i++) {
      sums[columns ? i % width : i / width] += values[i] * values[i];
    }
    return sums;
  }

  private static double[] summed(double[] channels, int each) {
    double[] sums = new double[channels.length / each];
    for (int i = 0; i < channels.length; i++) {
      sums[i / each] += channels[i];
    }
    return sums;
  }

  private Path write(Map<String, double[]> tensors) throws IOException {
    SafetensorsWriter.write(
        scores,
        Map.of(),
        tensors.entrySet().stream()
            .map(e -> Tensor.of(e.getKey(), e.getValue(), e.getValue().length))
            .toList());
    return scores;
  }

  @ParameterizedTest
  @CsvSource({"SUM", "PRODUCT", "LAST"})
  void magnitudesFromOutsideGiveTheRecipeOfTheBuiltInCriterion(Aggregation aggregation)
      throws IOException {
    Recipe outside = run(Criterion.of("mine"), Optional.of(write(magnitudes())), aggregation);
    Recipe builtIn = run(Criterion.L2, Optional.empty(), aggregation);
    assertThat(outside.unitsRemoved()).isPositive();
    assertThat(outside.groups()).isEqualTo(builtIn.groups());
    assertThat(outside.parameters()).isEqualTo(builtIn.parameters());
    assertThat(outside.criterion()).isEqualTo(Criterion.of("mine"));
    assertThat(outside.provenance().get("scores_sha256")).hasSize(64);
  }

  @Test
  void soDoThoseThatAPythonScriptWrites() {
    PythonTools python = PythonTools.with("torch", "safetensors");
    python.run("magnitude_scores.py", checkpoint, scores);
    assertThat(run(Criterion.of("mine"), Optional.of(scores), Aggregation.SUM).groups())
        .isEqualTo(run(Criterion.L2, Optional.empty(), Aggregation.SUM).groups());
  }

  @Test
  void aSingleScoreOfAUnitWillDo() throws IOException {
    Map<String, double[]> units = new TreeMap<>();
    magnitudes()
        .forEach(
            (name, values) ->
                units.merge(
                    name.replaceFirst("\\d$", "0"),
                    values,
                    (a, b) -> {
                      double[] sum = a.clone();
                      for (int i = 0; i < sum.length; i++) {
                        sum[i] += b[i];
                      }
                      return sum;
                    }));
    assertThat(units).hasSize(6);
    assertThat(run(Criterion.of("mine"), Optional.of(write(units)), Aggregation.SUM).groups())
        .isEqualTo(run(Criterion.L2, Optional.empty(), Aggregation.SUM).groups());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "layers.1.mlp/2 | | structure 'layers.1.mlp': has scores of 2 members; give scores of"
            + " its 3 members",
        "layers.1.mlp/1 | | structure 'layers.1.mlp': has member 2, but 2 in all",
        "layers.2.attention/* | | structure 'layers.2.attention': has no scores",
        "layers.1.mlp/1 | 87 | structure 'layers.1.mlp': has 87 scores for 88 units",
        "layers.1.mlp/1 | NaN | structure 'layers.1.mlp': the score of unit 0 in 'mine/layers.1.mlp/1' is NaN",
        "layers.1.mlp/1 | Infinity | structure 'layers.1.mlp': the score of unit 0",
        "layers.7.mlp/0 | 88 | structure 'layers.7.mlp' is not a structure of the model",
        "/0 | 88 | tensor 'mine//0' is not named CRITERION/STRUCTURE/MEMBER",
        "residual/0 | 31 | structure 'residual': has 31 scores for 32 units",
      })
  void refusesWhatDoesNotFitTheModel(String tensor, String content, String told)
      throws IOException {
    Map<String, double[]> tensors = magnitudes();
    if (content == null) {
      tensors.keySet().removeIf(name -> name.matches(("mine/" + tensor).replace("*", ".*")));
    } else if (content.matches("\\d+")) {
      tensors.put("mine/" + tensor, new double[Integer.parseInt(content)]);
    } else {
      tensors.get("mine/" + tensor)[0] = Double.parseDouble(content);
    }
    write(tensors);
    assertThatThrownBy(() -> run(Criterion.of("mine"), Optional.of(scores), Aggregation.SUM))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(scores + ": " + told);
  }

  @Test
  void refusesSeveralCriteriaWhereNoneIsChosen() throws IOException {
    Map<String, double[]> tensors = magnitudes();
    tensors.put("other/layers.0.mlp/0", new double[88]);
    write(tensors);
    assertThatThrownBy(() -> run(Criterion.L1, Optional.of(scores), Aggregation.SUM))
        .hasMessage(scores + ": has scores by mine, other, not by l1");
    assertThat(run(Criterion.of("mine"), Optional.of(scores), Aggregation.SUM).unitsRemoved())
        .isPositive();
  }

  @Test
  void refusesSeveralSteps() throws IOException {
    write(magnitudes());
    assertThatThrownBy(() -> run(Criterion.of("mine"), Optional.of(scores), Aggregation.SUM, 2))
        .hasMessageContaining("prune in one step, not in 2");
  }

  private GivenRecipe recipe(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("recipe.json"), text);
    Checkpoint base = Checkpoint.open(checkpoint);
    return GivenRecipe.read(file, base.decoder(), base.hashes());
  }

  @Test
  void takesARecipeThatSaysNoMoreThanItsUnits() throws IOException {
    GivenRecipe given =
        recipe(
            """
            {"strategy": "block", "ratio": 0.1, "groups": [
              {"name": "layers.1.attention", "units": 4, "removed": [2]},
              {"name": "layers.2.mlp", "units": 88, "removed": [0, 87]}]}
            """);
    Recipe recipe = given.recipe();
    long gone = 4L * 8 * 32 + 2L * 3 * 32;
    assertThat(recipe.parameters().before() - recipe.parameters().after()).isEqualTo(gone);
    Point point = given.point(3, "mine.json");
    assertThat(point.attention()).isEqualTo(new LayerSpan(1, 2));
    assertThat(point.mlp()).isEqualTo(new LayerSpan(2, 3));
    assertThat(point.criterion().label()).isEqualTo("recipe:mine.json");
  }

  @Test
  void takesItsOwnRecipes() throws IOException {
    Recipe own = run(Criterion.L2, Optional.empty(), Aggregation.SUM);
    assertThat(recipe(own.json()).recipe()).isEqualTo(own);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "layers.9.mlp | 88 | 0 | | structure 'layers.9.mlp' is not one that strategy block prunes",
        "residual | 32 | 0 | | structure 'residual' is not one that strategy block prunes",
        "layers.1.mlp | 80 | 0 | | structure 'layers.1.mlp': has 80 units, but 88 in this model",
        "layers.1.attention | 4 | 0, 1, 2, 3 | | structure 'layers.1.attention': would lose all",
        "layers.1.mlp | 88 | | | removes nothing",
        "layers.1.mlp | 88 | 0 | \"parameters\": {\"before\": 5, \"after\": 4}, | 'parameters' are 5",
        "layers.1.mlp | 88 | 0 | \"base\": {\"config.json\": \"0a\"}, | is for another base:"
            + " its 'config.json'",
      })
  void refusesARecipeThatDoesNotFit(
      String name, int units, String removed, String more, String told) {
    String text =
        "{\"strategy\": \"block\", \"ratio\": 0.1, %s \"groups\": [{\"name\": \"%s\", \"units\": %d, \"removed\": [%s]}]}"
            .formatted(more == null ? "" : more, name, units, removed == null ? "" : removed);
    assertThatThrownBy(() -> recipe(text))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(folder.resolve("recipe.json") + ": " + told);
  }
}
