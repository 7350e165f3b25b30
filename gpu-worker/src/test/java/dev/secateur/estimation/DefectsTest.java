package dev.secateur.estimation;

import static dev.secateur.estimation.TinyModel.BATCH;
import static dev.secateur.estimation.TinyModel.calibration;
import static dev.secateur.estimation.TinyModel.eligible;
import static dev.secateur.estimation.TinyModel.load;
import static dev.secateur.estimation.TinyModel.scores;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.model.Model;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Defects of the published code that estimation could repeat; the numbers are README's. */
class DefectsTest {
  private static Model model;

  @BeforeAll
  static void loadTheModel() {
    model = load("llama-gqa-tied");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** Defect D12: published code lets gradients of earlier passes add to those of later ones. */
  @Test
  void estimatesTheSameASecondTimeD12() {
    Calibration calibration = Calibration.whole(BATCH);
    List<MemberScores> first = scores(model, Strategy.BLOCK, Criterion.TAYLOR_MIXED, calibration);
    List<MemberScores> second = scores(model, Strategy.BLOCK, Criterion.TAYLOR_MIXED, calibration);
    for (int s = 0; s < first.size(); s++) {
      for (int m = 0; m < first.get(s).members().size(); m++) {
        assertThat(second.get(s).members().get(m)).isEqualTo(first.get(s).members().get(m));
      }
    }
  }

  /** Defect D10: the mean loss of a sample has about 1/T of its tokens' Fisher information. */
  @Test
  void tokenFisherIsLargerByAboutTheNumberOfTokensD10() {
    double[] ratio = new double[1];
    List<MemberScores> samples =
        scores(model, Strategy.BLOCK, Criterion.TAYLOR_ELEMENT2, Calibration.whole(BATCH));
    List<MemberScores> tokens =
        scores(
            model,
            Strategy.BLOCK,
            Criterion.TAYLOR_ELEMENT2,
            calibration(Fisher.TOKEN, Activations.AUTO, 0, 1));
    for (int s = 0; s < samples.size(); s++) {
      ratio[0] += sum(tokens.get(s)) / sum(samples.get(s)) / samples.size();
    }
    assertThat(ratio[0]).isBetween(3.0, 30.0); // eleven tokens are predicted of each row
  }

  /** Defect D1: published code gives a key/value head the scores of other heads' queries. */
  @Test
  void queryHeadsCountForTheirOwnKeyHeadD1() {
    try (Model of = load("llama-gqa-tied");
        NDManager scope = NDManager.newBaseManager(Device.cpu())) {
      String name = "model.layers.0.self_attn.q_proj.weight";
      float[] values = new float[32 * 32];
      Arrays.fill(values, 0, 16 * 32, 1); // query heads 0 and 1, which read key head 0
      dev.secateur.tensor.Kernels.get().write(of.weights().get(name), 0, scope.create(values));
      double[] queries =
          scores(of, Strategy.BLOCK, Criterion.L1, Calibration.whole(BATCH))
              .get(0)
              .members()
              .get(0);
      assertThat(queries).containsExactly(16 * 32, 0);
    }
  }

  /**
   * Defect D3: published code drops the embedding, or fails where the vocabulary divides evenly.
   */
  @Test
  void embeddingColumnsCountInMagnitudesD3() {
    float[] table = model.weights().get("model.embed_tokens.weight").toFloatArray();
    double expected = 0;
    for (int i = 5; i < table.length; i += 32) {
      expected += Math.abs(table[i]);
    }
    double[] members =
        scores(model, Strategy.CHANNEL, Criterion.L1, Calibration.whole(BATCH))
            .get(0)
            .members()
            .get(0);
    assertThat(members[5]).isCloseTo(expected, within(1e-4));
  }

  /** Defect D15: published code leaves biases out. */
  @Test
  void biasesCountD15() {
    try (Model of = load("qwen2")) {
      List<CoupledStructure> structures = eligible(of, Strategy.BLOCK);
      int bias = -1;
      for (int m = 0; m < structures.get(0).members().size(); m++) {
        if (structures.get(0).members().get(m).parameter().endsWith("k_proj.bias")) {
          bias = m;
        }
      }
      assertThat(bias).isPositive();
      double[] scores =
          scores(of, Strategy.BLOCK, Criterion.L2, Calibration.whole(BATCH))
              .get(0)
              .members()
              .get(bias);
      assertThat(scores[0]).isPositive();
    }
  }

  /** Defect D9: in half precision squared gradients below 1e-4 are zero. */
  @Test
  void smallSquaredGradientsDoNotVanishD9() {
    for (MemberScores structure :
        scores(model, Strategy.BLOCK, Criterion.TAYLOR_ELEMENT2, Calibration.whole(BATCH))) {
      for (double[] member : structure.members()) {
        assertThat(Arrays.stream(member).allMatch(score -> score > 0)).isTrue();
      }
    }
  }

  private static double sum(MemberScores scores) {
    return scores.members().stream().flatMapToDouble(Arrays::stream).sum();
  }
}
