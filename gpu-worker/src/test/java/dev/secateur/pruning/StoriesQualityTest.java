package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Profiles;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What pruning a trained model by obs and by profiles comes to. The numbers of obs were computed
 * with PyTorch from the fixtures' Gram matrices and gradients, by masking.
 */
class StoriesQualityTest {
  private static final String MODEL = "models/stories260k";
  private static final long REMOVED = 33_984; // by scope local at 0.25, whatever the criterion

  private static long[][] rows(String file, String name) {
    try (SafetensorsFile ids = SafetensorsFile.open(Fixtures.shared().resolve(file))) {
      int length = (int) ids.tensor(name).shape()[1];
      long[] flat = ids.integers(name);
      return IntStream.range(0, flat.length / length)
          .mapToObj(row -> Arrays.copyOfRange(flat, row * length, (row + 1) * length))
          .toArray(long[][]::new);
    }
  }

  private static Point point(Criterion criterion, Scope scope, String ratio) {
    LayerSpan span = scope == Scope.MEASURED ? new LayerSpan(0, 5) : new LayerSpan(1, 4);
    Target target = scope == Scope.MEASURED ? Target.PARAMETERS : Target.GROUP_RATIO;
    return new Point(
        Strategy.BLOCK,
        span,
        span,
        new BigDecimal(ratio),
        criterion,
        Aggregation.SUM,
        scope,
        target,
        1);
  }

  private static double perplexity(Model model, Point point, Batch samples) {
    PointPruning pruning = new PointPruning(model.decoder(), Discovery.of(model.decoder()), point);
    List<MemberScores> scores =
        Estimation.of(
            model, pruning.eligible(), point.criterion(), Calibration.whole(samples), 1, () -> {});
    Recipe recipe =
        point.scope() == Scope.MEASURED
            ? pruning.measured(
                scores,
                new Profiles(
                        model,
                        pruning.eligible(),
                        PointPruning.orders(scores, Aggregation.SUM),
                        samples,
                        Profiles.WINDOWS)
                    .measure(() -> {})
                    .byName(),
                Map.of(),
                Map.of())
            : pruning.recipe(() -> model, scores, null, Map.of(), Map.of());
    long removed = recipe.parameters().before() - recipe.parameters().after();
    assertThat(removed % REMOVED).isZero();
    try (Model pruned = recipe.applied(model)) {
      long[][] windows = rows("fixtures/pruning/stories260k.eval.safetensors", "input_ids");
      return Perplexity.of(pruned, windows, (done, all) -> {}).perplexity();
    }
  }

  @Test
  void obsIsWhatTheFormulasComeToInTorch() {
    assumeTrue(Fixtures.hasShared(MODEL), MODEL + " is not beside the project: skipped");
    Batch samples =
        Batch.causal(rows("fixtures/pruning/stories260k.calibration.safetensors", "input_ids"));
    try (Model model =
        CheckpointReader.load(Checkpoint.open(Fixtures.shared().resolve(MODEL)), Device.cpu())) {
      assertThat(perplexity(model, point(Criterion.OBS, Scope.LOCAL, "0.25"), samples))
          .isCloseTo(6.82359, withPercentage(0.05));
      assertThat(perplexity(model, point(Criterion.OBS, Scope.LOCAL, "0.5"), samples))
          .isCloseTo(20.91898, withPercentage(0.05));
      Point measured = point(Criterion.OBS, Scope.MEASURED, "0.13069160718");
      assertThat(perplexity(model, measured, samples)).isBetween(4.0, 7.4); // 7.76 by element1
    }
  }
}
