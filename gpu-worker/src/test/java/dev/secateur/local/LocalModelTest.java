package dev.secateur.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.DeviceMemoryException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on a device whose memory does only for some ways of keeping weights. */
class LocalModelTest {
  private static final Perplexity.Protocol WINDOWS =
      new Perplexity.Protocol(32, 32, 32, PerplexityBegin.START);
  private static final Samples SAMPLES =
      new Samples(new TextRef("wordnet", ""), Sampling.ROWS, 2, 16, 1, false, Activations.AUTO);
  private static final Point POINT =
      new Point(
          Strategy.BLOCK,
          new LayerSpan(1, 7),
          new LayerSpan(1, 7),
          new BigDecimal("0.25"),
          Criterion.TAYLOR_VECTOR,
          Aggregation.SUM,
          Scope.LOCAL,
          Target.GROUP_RATIO,
          2);

  @TempDir Path folder;
  private Path demo;
  private final List<String> told = new ArrayList<>();

  @BeforeEach
  void extractTheDemoModel() {
    demo = DemoModel.extract(folder);
  }

  private static void exhaust() {
    throw new EngineException(
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 2147483648 bytes.");
  }

  /** Runs out of memory until the model was opened so. */
  private void doesFor(String use) {
    boolean fits =
        told.stream()
            .filter(line -> line.startsWith("loading "))
            .reduce((first, last) -> last)
            .orElse("")
            .endsWith(use);
    if (!fits) {
      exhaust();
    }
  }

  private double perplexity(WeightPlacement placement, String use) {
    try (EvaluateJob job =
        new EvaluateJob(
            demo,
            Optional.empty(),
            Device::cpu,
            Allowance.of(placement),
            Precision.FLOAT32,
            told::add)) {
      return job.perplexity("wordnet", WINDOWS, (done, all) -> doesFor(use)).perplexity();
    }
  }

  @Test
  void anEvaluationThatDoesNotFitIsStreamedWithTheSameResult() {
    double whole = perplexity(WeightPlacement.RESIDENT, "");
    told.clear();
    assertThat(perplexity(WeightPlacement.RESIDENT, "weights streamed")).isEqualTo(whole);
    assertThat(told)
        .containsExactly(
            "loading " + demo + ", weights resident in float32",
            "out of memory; retrying with less",
            "loading " + demo + ", weights streamed");
    assertThat(perplexity(WeightPlacement.STREAMED, "at most 1 input at once")).isEqualTo(whole);
  }

  @Test
  void aPruningThatDoesNotFitIsStreamedWithTheSameRecipe() {
    String whole = recipe("");
    told.clear();
    assertThat(recipe("weights streamed")).isEqualTo(whole);
    assertThat(told).contains("loading " + demo + ", weights streamed");
  }

  private String recipe(String use) {
    try (PruneJob job =
        new PruneJob(
            Checkpoint.open(demo),
            Device.cpu(),
            POINT,
            Optional.of("wordnet"),
            SAMPLES,
            Allowance.of(WeightPlacement.RESIDENT),
            Precision.FLOAT32,
            line -> {
              told.add(line);
              if (line.endsWith("step 2 of 2")) {
                doesFor(use);
              }
            })) {
      return job.run().json();
    }
  }

  @Test
  void whatFitsInNoWayFailsWithItsSizes() {
    assertThatThrownBy(() -> perplexity(WeightPlacement.STREAMED, "never"))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessage(
            "the device is out of memory: "
                + demo
                + " of 8 layers and 3837120 parameters, weights streamed, at most 1 input at once");
  }

  @Test
  void otherFailuresAreNotTriedAgain() {
    try (LocalModel model =
        new LocalModel(
            Checkpoint.open(demo),
            Optional.empty(),
            Device::cpu,
            Allowance.of(WeightPlacement.AUTO),
            told::add)) {
      assertThatThrownBy(
              () ->
                  model.compute(
                      loaded -> {
                        throw new IllegalStateException(loaded.get().decoder().family());
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("llama");
    }
    assertThat(told).hasSize(1);
  }
}
