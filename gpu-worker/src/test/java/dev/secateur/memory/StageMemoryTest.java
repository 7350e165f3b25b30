package dev.secateur.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.checkpoint.Residency;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Selection;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageShare;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StageMemoryTest {
  private static final ModelRef MODEL = new ModelRef("tiny", "/tiny", "hash", 2);
  private static final StageKey KEY = new StageKey("0123456789abcdef");
  private static final TextRef TEXT = new TextRef("text", "hash");
  private static final Samples SAMPLES =
      new Samples(TEXT, Sampling.ROWS, 10, 64, 1, false, Activations.AUTO);
  private static final LayerSpan ALL = new LayerSpan(0, 2);

  private final MemoryModel model = MemoryModel.of(MemoryModelTest.decoder(MemoryModelTest.TINY));
  private final StageMemory stages = new StageMemory(model);

  private static StageSpec estimation(Strategy strategy, Criterion criterion, StageShare share) {
    return new EstimationSpec(
        MODEL, KEY, strategy, ALL, ALL, List.of(criterion), SAMPLES, share, Precision.FLOAT32);
  }

  private static StageSpec pruning(Selection selection) {
    Point point =
        new Point(
            Strategy.BLOCK,
            ALL,
            ALL,
            new BigDecimal("0.25"),
            Criterion.TAYLOR_VECTOR,
            Aggregation.SUM,
            Scope.GLOBAL,
            Target.PARAMETERS,
            2);
    return new PruningSpec(MODEL, new PruningSpec.Scored(KEY, KEY), point, selection);
  }

  private static StageSpec evaluation(EvaluationSpec.ReadyTasks tasks) {
    return new EvaluationSpec(
        MODEL,
        new Subject.Base(),
        TEXT,
        128,
        16,
        tasks,
        List.of(),
        100,
        new EvaluationSpec.Unasked(),
        new EvaluationSpec.Unasked(),
        BeginToken.NEVER,
        PerplexityBegin.START,
        Precision.FLOAT32);
  }

  private long bytes(Work work) {
    return Arrays.stream(Residency.values())
        .mapToLong(residency -> model.need(work, residency))
        .min()
        .orElseThrow();
  }

  private static Work gradients(int samples, boolean second, boolean everything) {
    return new Work.Gradients(samples, 64, second, everything, Activations.AUTO);
  }

  @Test
  void discoveryNeedsNothing() {
    assertThat(stages.least(new DiscoverySpec(MODEL))).hasValue(0);
  }

  @Test
  void estimationNeedsWhatItsCriterionDoes() {
    assertThat(
            stages.least(
                estimation(Strategy.BLOCK, Criterion.TAYLOR_VECTOR, new StageShare.Whole())))
        .hasValue(bytes(gradients(10, false, false)));
    assertThat(
            stages.least(
                estimation(Strategy.CHANNEL, Criterion.TAYLOR_ELEMENT2, new StageShare.Whole())))
        .hasValue(bytes(gradients(10, true, true)));
    assertThat(stages.least(estimation(Strategy.BLOCK, Criterion.L2, new StageShare.Whole())))
        .hasValue(bytes(new Work.Magnitudes(false)));
    assertThat(stages.least(estimation(Strategy.BLOCK, Criterion.RANDOM, new StageShare.Whole())))
        .hasValue(0);
  }

  @Test
  void aPartNeedsWhatItsShareOfTheSamplesDoes() {
    assertThat(
            stages.least(
                estimation(Strategy.BLOCK, Criterion.TAYLOR_VECTOR, new StageShare.Part(0, 3))))
        .hasValue(bytes(gradients(4, false, false)));
  }

  @Test
  void whatMergesPartsOfGradientsNeedsNothing() {
    assertThat(
            stages.least(
                estimation(
                    Strategy.BLOCK, Criterion.TAYLOR_VECTOR, new StageShare.Merge(List.of(KEY)))))
        .hasValue(0);
  }

  @Test
  void pruningNeedsWhatItsSelectionDoes() {
    assertThat(stages.least(pruning(new Selection.AtOnce()))).hasValue(0);
    assertThat(stages.least(pruning(new Selection.ByProfile(KEY)))).hasValue(0);
    assertThat(stages.least(pruning(new Selection.Stepwise(SAMPLES, Precision.FLOAT32))))
        .hasValue(bytes(gradients(10, false, false)));
    assertThat(stages.least(pruning(new Selection.PlainClimbing(SAMPLES, KEY))))
        .hasValue(bytes(new Work.Climbing(10, 64)));
  }

  @Test
  void evaluationNeedsTheMostOfWhatItMeasures() {
    long windows = bytes(new Work.Windows(16, 128));
    assertThat(stages.least(evaluation(new EvaluationSpec.Unasked()))).hasValue(windows);
    assertThat(stages.least(evaluation(new EvaluationSpec.NamedTasks(TEXT))))
        .hasValue(Math.max(windows, bytes(new Work.Questions(1))));
  }
}
