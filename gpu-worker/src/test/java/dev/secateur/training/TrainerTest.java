package dev.secateur.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Schedule;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  @TempDir Path folder;

  private static Model model() {
    return CheckpointReader.load(
        Checkpoint.open(Fixtures.resource("families/llama-mha")), Device.cpu());
  }

  private static TrainingSettings settings(int steps, int microBatch, double rate) {
    return new TrainingSettings(
        steps, microBatch, rate, 2, Schedule.COSINE, 0.1, 0.9, 0.95, 1e-8, 1, false, 1);
  }

  private static Batch batch(int step) {
    Random random = new Random(step % 2);
    long[][] rows = new long[6][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = random.longs(10, 0, 128).toArray();
    }
    return Batch.causal(rows);
  }

  private static List<Double> losses(Model model, TrainingSettings settings) {
    List<Double> losses = new ArrayList<>();
    new Trainer(Trainable.whole(model), settings, TrainerTest::batch)
        .run(step -> losses.add(step.loss()));
    return losses;
  }

  @Test
  void learnsWhatItIsShown() {
    try (Model model = model()) {
      List<Double> losses = losses(model, settings(40, 6, 1e-2));
      assertThat(losses.get(39)).isLessThan(losses.get(0) / 2);
    }
  }

  @Test
  void microBatchesChangeNothingButRounding() {
    try (Model whole = model();
        Model parts = model()) {
      List<Double> expected = losses(whole, settings(5, 6, 1e-2));
      List<Double> found = losses(parts, settings(5, 4, 1e-2));
      for (int step = 0; step < 5; step++) {
        assertThat(found.get(step)).isCloseTo(expected.get(step), within(1e-4));
      }
    }
  }

  @Test
  void givesTheSameLossesEachTime() {
    try (Model one = model();
        Model two = model()) {
      assertThat(losses(one, settings(5, 6, 1e-2))).isEqualTo(losses(two, settings(5, 6, 1e-2)));
    }
  }

  @Test
  void stopsAtALossThatIsNotFiniteAndNamesTheStep() {
    try (Model model = model()) {
      NDArray norm = model.weights().get("model.norm.weight");
      Kernels.get().accumulate(norm, norm, Double.NaN);
      assertThatThrownBy(() -> losses(model, settings(5, 6, 1e-2)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("step 1: the loss is NaN");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-mha",
        "phi3",
        "gpt2",
        "bloom",
        "opt",
        "gpt-neox",
        "gemma2",
        "gemma3",
        "olmo2",
        "granite",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "gpt-oss"
      })
  void aFreshAdapterChangesNothingAndAMergedOneComputesTheSame(String family) {
    long[][] rows = {new Random(9).longs(12, 0, 128).toArray()};
    Batch batch = Batch.causal(rows);
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu())) {
      LoraSettings lora = new LoraSettings(4, 8, 0, LoraSettings.allProjections(model.decoder()));
      try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
        double before = perplexity(model, rows);
        try (Model merged = adapter.merge(model)) {
          assertThat(perplexity(merged, rows)).isEqualTo(before);
        }
        List<Double> losses = new ArrayList<>();
        new Trainer(new Lora(model, adapter), settings(30, 6, 1e-2), TrainerTest::batch)
            .run(step -> losses.add(step.loss()));
        assertThat(losses.get(29)).isLessThan(losses.get(0));
        try (Model merged = adapter.merge(model);
            NDManager scope = NDManager.newBaseManager(Device.cpu());
            GradMode mode = GradMode.off()) {
          float[] beside =
              model
                  .decoder()
                  .logits(
                      new Lora(model, adapter).ops(scope, leaf -> leaf, rows, OptionalLong.empty()),
                      batch.ids(scope))
                  .toFloatArray();
          assertThat(merged.logits(scope, batch).toFloatArray())
              .containsExactly(beside, within(2e-5f));
        }
        assertThat(perplexity(model, rows)).isEqualTo(before);
      }
    }
  }

  @Test
  void adaptsLlamasSevenProjectionsByDefault() {
    try (Model model = model()) {
      assertThat(LoraSettings.allProjections(model.decoder()))
          .containsExactlyInAnyOrder(
              "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    }
  }

  /** An expert's matrices where they are asked for, also of experts that no token goes to. */
  @Test
  void adaptsExpertsWhereTheyAreNamed() {
    long[][] rows = {{5, 6, 7}};
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/mixtral")), Device.cpu())) {
      assertThat(LoraSettings.allProjections(model.decoder()))
          .containsExactlyInAnyOrder("q_proj", "k_proj", "v_proj", "o_proj");
      LoraSettings lora = new LoraSettings(4, 8, 0.1, List.of("w1", "w2", "gate"));
      try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
        assertThat(adapter.arrays()).hasSize(2 * (3 * 4 * 2 + 3));
        List<Double> losses = new ArrayList<>();
        new Trainer(
                new Lora(model, adapter),
                settings(8, 2, 1e-2),
                index -> Batch.causal(new long[][] {rows[0]}))
            .run(step -> losses.add(step.loss()));
        assertThat(losses).hasSize(8).allMatch(Double::isFinite);
        assertThat(losses.get(7)).isLessThan(losses.get(0));
        try (Model merged = adapter.merge(model)) {
          assertThat(perplexity(merged, rows)).isNotEqualTo(perplexity(model, rows));
        }
      }
    }
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/qwen3-moe")), Device.cpu())) {
      assertThat(LoraSettings.allProjections(model.decoder()))
          .as("names of a plain MLP that experts have as well are left out")
          .containsExactlyInAnyOrder("q_proj", "k_proj", "v_proj", "o_proj");
    }
  }

  private static double perplexity(Model model, long[][] rows) {
    return Perplexity.of(model, rows, (done, all) -> {}).perplexity();
  }

  @Test
  void ratesRiseAndFall() {
    TrainingSettings settings = settings(12, 1, 1);
    assertThat(settings.rate(0)).isEqualTo(0.5);
    assertThat(settings.rate(1)).isEqualTo(1);
    assertThat(settings.rate(7)).isCloseTo(0.5, within(1e-12));
    assertThat(settings.rate(11)).isBetween(0.0, 0.05);
  }

  @Test
  void anInterruptedTrainingEndsAsOneThatWasNot() throws IOException {
    List<Double> whole = new ArrayList<>();
    float[] expected = trained(0, Optional.empty(), whole);
    TrainingState state = new TrainingState(folder.resolve("state.safetensors"), 5, "a");
    List<Double> parts = new ArrayList<>();
    assertThatThrownBy(() -> trained(13, Optional.of(state), parts)).hasMessage("killed");
    List<Double> rest = new ArrayList<>();
    assertThat(trained(0, Optional.of(state), rest)).isEqualTo(expected);
    assertThat(rest).hasSize(10).isEqualTo(whole.subList(10, 20));
    TrainingState other = new TrainingState(state.file(), 5, "b");
    assertThatThrownBy(() -> trained(0, Optional.of(other), new ArrayList<>()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("other settings");
    state.delete();
    assertThat(state.file()).doesNotExist();
  }

  /** What becomes of an adapter in 20 steps with dropout, thrown out after some. */
  private static float[] trained(
      int killedAfter, Optional<TrainingState> state, List<Double> losses) {
    try (Model model = model();
        LoraAdapter adapter =
            LoraAdapter.fresh(model, new LoraSettings(4, 8, 0.1, List.of("q_proj")), 5)) {
      new Trainer(
              new Lora(model, adapter),
              settings(20, 2, 1e-2),
              TrainerTest::batch,
              Optional.empty(),
              state)
          .run(
              step -> {
                losses.add(step.loss());
                if (step.step() == killedAfter) {
                  throw new IllegalStateException("killed");
                }
              });
      return adapter.b("model.layers.1.self_attn.q_proj").toFloatArray();
    }
  }

  private static ValidationSet held(int every, Optional<Integer> patience) {
    return new ValidationSet(List.of(batch(7)), every, patience);
  }

  @Test
  void leavesTheParametersOfTheLowestValidationLoss() {
    try (Model model = model()) {
      List<Double> held = new ArrayList<>();
      Trainer.Result result =
          new Trainer(
                  Trainable.whole(model),
                  settings(30, 6, 3e-2),
                  step -> batch(0),
                  Optional.of(held(3, Optional.empty())),
                  Optional.empty())
              .run(step -> step.validation().ifPresent(held::add));
      double lowest = held.stream().mapToDouble(loss -> loss).min().orElseThrow();
      assertThat(held).hasSize(10);
      assertThat(held.get(9)).as("it learns one batch by heart").isGreaterThan(lowest);
      assertThat(result.validation()).hasValue(lowest);
      assertThat(result.bestStep()).isEqualTo(3 * (held.indexOf(lowest) + 1));
      assertThat(held(1, Optional.empty()).loss(Trainable.whole(model))).isEqualTo(lowest);
    }
  }

  @Test
  void stopsWhenPatienceIsSpent() {
    try (Model model = model()) {
      Trainer.Result result =
          new Trainer(
                  Trainable.whole(model),
                  settings(300, 6, 3e-2),
                  step -> batch(0),
                  Optional.of(held(2, Optional.of(2))),
                  Optional.empty())
              .run(step -> {});
      assertThat(result.steps()).isEqualTo(result.bestStep() + 4).isLessThan(300);
    }
  }

  @Test
  void anInterruptedTrainingKeepsItsBest() {
    ValidationSet validation = held(2, Optional.empty());
    TrainingState state = new TrainingState(folder.resolve("best.safetensors"), 1, "a");
    Trainer.Result whole;
    try (Model model = model()) {
      whole = validated(model, validation, Optional.empty(), 0);
    }
    double expected = whole.validation().getAsDouble();
    try (Model model = model()) {
      assertThatThrownBy(() -> validated(model, validation, Optional.of(state), 25))
          .hasMessage("killed");
    }
    try (Model model = model()) {
      Trainer.Result result = validated(model, validation, Optional.of(state), 0);
      assertThat(result.validation()).hasValue(expected);
      assertThat(result.curve()).isEqualTo(whole.curve());
      assertThat(validation.loss(Trainable.whole(model))).isEqualTo(expected);
    }
  }

  @Test
  void curvesHaveEveryStepAndEveryValidation() {
    ValidationSet validation = held(4, Optional.empty());
    Trainer.Result result;
    try (Model model = model()) {
      result = validated(model, validation, Optional.empty(), 0);
    }
    LossCurve curve = result.curve();
    assertThat(curve.training()).extracting(LossCurve.Spot::step).hasSize(30).endsWith(29, 30);
    assertThat(curve.training().get(29).loss()).isEqualTo(result.loss());
    assertThat(curve.validation())
        .extracting(LossCurve.Spot::step)
        .containsExactly(4, 8, 12, 16, 20, 24, 28, 30);
    assertThat(curve.validation().stream().mapToDouble(LossCurve.Spot::loss).min())
        .isEqualTo(result.validation());
  }

  private static Trainer.Result validated(
      Model model, ValidationSet validation, Optional<TrainingState> state, int killedAfter) {
    return new Trainer(
            Trainable.whole(model),
            settings(30, 6, 3e-2),
            step -> batch(0),
            Optional.of(validation),
            state)
        .run(
            step -> {
              if (step.step() == killedAfter) {
                throw new IllegalStateException("killed");
              }
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa-tied",
        "phi3",
        "gpt2",
        "bloom",
        "opt",
        "gpt-neox",
        "gemma2",
        "chatglm",
        "gemma3",
        "olmo2",
        "granite",
        "smollm3"
      })
  void checkpointingChangesNothingButRounding(String family) {
    for (boolean whole : List.of(true, false)) {
      List<Double> kept = lossesOf(family, whole, false);
      List<Double> again = lossesOf(family, whole, true);
      for (int step = 0; step < kept.size(); step++) {
        assertThat(again.get(step)).isCloseTo(kept.get(step), within(1e-4));
      }
    }
  }

  /** Of a whole model, or of an adapter with dropout. */
  private static List<Double> lossesOf(String family, boolean whole, boolean checkpointing) {
    TrainingSettings settings =
        new TrainingSettings(
            5, 4, 1e-2, 0, Schedule.CONSTANT, 0, 0.9, 0.999, 1e-8, 1, checkpointing, 1);
    List<Double> losses = new ArrayList<>();
    try (Model model =
        CheckpointReader.load(
            Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu())) {
      LoraSettings lora = new LoraSettings(4, 8, 0.1, LoraSettings.allProjections(model.decoder()));
      try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
        Trainable trained = whole ? Trainable.whole(model) : new Lora(model, adapter);
        new Trainer(trained, settings, TrainerTest::batch).run(step -> losses.add(step.loss()));
      }
    }
    return losses;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama-gqa-tied", "phi3", "gpt2", "bloom", "opt", "gpt-neox", "gemma2", "chatglm"})
  void anAdapterOfWeightsInBfloat16LearnsAsOneOfFloat32(String family) {
    try (Model model =
            CheckpointReader.load(
                Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu());
        Model held = model.held(Precision.BFLOAT16)) {
      List<Double> wide = adapted(model);
      List<Double> narrow = adapted(held);
      assertThat(narrow.get(9)).isLessThan(narrow.get(0));
      for (int step = 0; step < wide.size(); step++) {
        assertThat(narrow.get(step)).isCloseTo(wide.get(step), within(0.05));
      }
      assertThat(narrow).isNotEqualTo(wide);
    }
  }

  private static List<Double> adapted(Model model) {
    List<Double> losses = new ArrayList<>();
    LoraSettings lora = new LoraSettings(4, 8, 0, LoraSettings.allProjections(model.decoder()));
    try (LoraAdapter adapter = LoraAdapter.fresh(model, lora, 5)) {
      new Trainer(new Lora(model, adapter), settings(10, 6, 1e-2), TrainerTest::batch)
          .run(step -> losses.add(step.loss()));
    }
    return losses;
  }

  @Test
  void theCallerCanEndItBetweenSteps() {
    try (Model model = model()) {
      List<Integer> steps = new ArrayList<>();
      assertThatThrownBy(
              () ->
                  new Trainer(Trainable.whole(model), settings(50, 6, 1e-2), TrainerTest::batch)
                      .run(
                          step -> {
                            steps.add(step.step());
                            if (step.step() == 3) {
                              throw new java.util.concurrent.CancellationException("enough");
                            }
                          }))
          .hasMessage("enough");
      assertThat(steps).containsExactly(1, 2, 3);
    }
  }
}
