package dev.secateur.training;

import static dev.secateur.training.TrainerFixture.batch;
import static dev.secateur.training.TrainerFixture.model;
import static dev.secateur.training.TrainerFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  @TempDir Path folder;

  private static List<Double> losses(Model model, TrainingSettings settings) {
    List<Double> losses = new ArrayList<>();
    new Trainer(Trainable.whole(model), settings, TrainerFixture::batch)
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
              TrainerFixture::batch,
              ValidationSet.NONE,
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

  private static Trainer.Kept.Lowest lowest(Trainer.Result result) {
    return (Trainer.Kept.Lowest) result.kept();
  }

  private static ValidationSet held(int every, int patience) {
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
                  held(3, ValidationSet.ENDLESS),
                  Optional.empty())
              .run(
                  new Trainer.Listener() {
                    @Override
                    public void stepDone(Trainer.Step step) {}

                    @Override
                    public void validated(LossCurve.Spot spot, int steps) {
                      held.add(spot.loss());
                    }
                  });
      double lowest = held.stream().mapToDouble(loss -> loss).min().orElseThrow();
      assertThat(held).hasSize(10);
      assertThat(held.get(9)).as("it learns one batch by heart").isGreaterThan(lowest);
      assertThat(lowest(result).validation()).isEqualTo(lowest);
      assertThat(lowest(result).step()).isEqualTo(3 * (held.indexOf(lowest) + 1));
      assertThat(held(1, ValidationSet.ENDLESS).loss(Trainable.whole(model))).isEqualTo(lowest);
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
                  held(2, 2),
                  Optional.empty())
              .run(step -> {});
      assertThat(result.steps()).isEqualTo(lowest(result).step() + 4).isLessThan(300);
    }
  }

  @Test
  void anInterruptedTrainingKeepsItsBest() {
    ValidationSet validation = held(2, ValidationSet.ENDLESS);
    TrainingState state = new TrainingState(folder.resolve("best.safetensors"), 1, "a");
    Trainer.Result whole;
    try (Model model = model()) {
      whole = validated(model, validation, Optional.empty(), 0);
    }
    double expected = lowest(whole).validation();
    try (Model model = model()) {
      assertThatThrownBy(() -> validated(model, validation, Optional.of(state), 25))
          .hasMessage("killed");
    }
    try (Model model = model()) {
      Trainer.Result result = validated(model, validation, Optional.of(state), 0);
      assertThat(lowest(result).validation()).isEqualTo(expected);
      assertThat(result.curve()).isEqualTo(whole.curve());
      assertThat(validation.loss(Trainable.whole(model))).isEqualTo(expected);
    }
  }

  @Test
  void curvesHaveEveryStepAndEveryValidation() {
    ValidationSet validation = held(4, ValidationSet.ENDLESS);
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
        .hasValue(lowest(result).validation());
  }

  private static Trainer.Result validated(
      Model model, ValidationSet validation, Optional<TrainingState> state, int killedAfter) {
    return new Trainer(
            Trainable.whole(model), settings(30, 6, 3e-2), step -> batch(0), validation, state)
        .run(
            step -> {
              if (step.step() == killedAfter) {
                throw new IllegalStateException("killed");
              }
            });
  }

  @Test
  void theCallerCanEndItBetweenSteps() {
    try (Model model = model()) {
      List<Integer> steps = new ArrayList<>();
      assertThatThrownBy(
              () ->
                  new Trainer(Trainable.whole(model), settings(50, 6, 1e-2), TrainerFixture::batch)
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
