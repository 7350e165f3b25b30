package dev.secateur.estimation;

import static dev.secateur.estimation.TinyModel.BATCH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.model.Model;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import dev.secateur.tensor.Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A calibration loss that is not finite is an error that says where the model's numbers end. */
class FiniteLossTest {
  private static void fill(Model model, String name, float value) {
    scale(model, name, 0, value);
  }

  /** Each weight becomes {@code factor} of itself and {@code more}. */
  private static void scale(Model model, String name, double factor, float more) {
    var weight = model.weights().get(name);
    float[] values = weight.toFloatArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (factor * values[i]) + more;
    }
    try (var scope = model.weights().manager().newSubManager()) {
      Kernels.get().write(weight, 0, scope.create(values));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"taylor-element1", "taylor-element2", "taylor-mixed", "ablation"})
  void namesTheFirstBlockThatOverflows(Criterion criterion) {
    for (Activations activations : Activations.values()) {
      try (Model model = TinyModel.load("llama-mha")) {
        fill(model, "model.layers.1.mlp.up_proj.weight", 3e38f);
        Calibration calibration = TinyModel.calibration(Fisher.SAMPLE, activations, 0, 1);
        assertThatThrownBy(() -> TinyModel.scores(model, Strategy.BLOCK, criterion, calibration))
            .isInstanceOf(ArithmeticException.class)
            .hasMessage(
                "the calibration loss is NaN: block 1 ('model.layers.1') is the first whose output"
                    + " is not finite");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "model.embed_tokens.weight, the embedding is the first",
    "model.layers.0.self_attn.v_proj.weight, block 0 ('model.layers.0') is the first",
    "model.norm.weight, the output layer is the first",
    "lm_head.weight, the output layer is the first"
  })
  void namesWhatStandsBesideTheBlocksToo(String weight, String where) {
    for (Strategy strategy : new Strategy[] {Strategy.BLOCK, Strategy.CHANNEL}) {
      try (Model model = TinyModel.load("llama-mha")) {
        fill(model, weight, Float.NaN);
        Calibration whole = Calibration.whole(BATCH);
        assertThatThrownBy(
                () -> TinyModel.scores(model, strategy, Criterion.TAYLOR_ELEMENT1, whole))
            .isInstanceOf(ArithmeticException.class)
            .hasMessageStartingWith("the calibration loss is NaN: " + where);
      }
    }
  }

  /** The largest of all losses overflows first, as the output layer grows. */
  @Test
  void namesTheUnitWithoutWhichTheLossOverflows() {
    double finite = 1e30;
    double tooLarge = 1e38;
    String message = "";
    while (tooLarge / finite > 1.0001) {
      double middle = Math.sqrt(finite * tooLarge);
      String failure = ablationOfLayers(middle);
      finite = failure.isEmpty() ? middle : finite;
      tooLarge = failure.isEmpty() ? tooLarge : middle;
      message = failure.isEmpty() ? message : failure;
    }
    assertThat(message)
        .matches("without unit \\d of structure 'layers' the calibration loss is Infinity");
  }

  private static String ablationOfLayers(double factor) {
    try (Model model = TinyModel.load("llama-mha")) {
      scale(model, "lm_head.weight", factor, 0);
      Calibration whole = Calibration.whole(BATCH);
      ArithmeticException failure =
          catchThrowableOfType(
              ArithmeticException.class,
              () -> TinyModel.scores(model, Strategy.LAYER, Criterion.ABLATION, whole));
      return failure == null ? "" : failure.getMessage();
    }
  }

  @Test
  void saysSoWhereTheLogitsAreFinite() {
    try (Model model = TinyModel.load("llama-mha")) {
      float[] head = model.weights().get("lm_head.weight").toFloatArray();
      double largest = 0;
      for (float weight : head) {
        largest = Math.max(largest, Math.abs(weight));
      }
      scale(model, "lm_head.weight", 8e36 / largest, 0);
      Calibration whole = Calibration.whole(BATCH);
      assertThatThrownBy(
              () -> TinyModel.scores(model, Strategy.BLOCK, Criterion.TAYLOR_ELEMENT1, whole))
          .isInstanceOf(ArithmeticException.class)
          .hasMessage(
              "the calibration loss is Infinity: the logits are finite, but their cross"
                  + " entropy is not");
    }
  }
}
