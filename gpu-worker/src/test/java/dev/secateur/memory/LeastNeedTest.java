package dev.secateur.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.Residency;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import dev.secateur.tensor.DeviceMemoryException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** LLaMA-7B, of whose weights a block takes 0.75 GiB in float32, on devices of a few GiB. */
class LeastNeedTest {
  private static final long GIB = 1L << 30;
  private static final long BLOCK = 4L * (4 * 4096 * 4096 + 3 * 4096 * 11008 + 2 * 4096);
  private static final Work TAYLOR = new Work.Gradients(1, 128, false, false, Activations.AUTO);

  private final MemoryModel llama =
      MemoryModel.of(
          MemoryModelTest.decoder(
              """
              {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
               "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}"""));

  private LeastNeed need(Work work, Precision precision) {
    return LeastNeed.of(llama, List.of(work), precision);
  }

  @Test
  void theLargestSubmoduleIsABlockAndTheRestIsComputed() {
    LeastNeed need = need(TAYLOR, Precision.FLOAT32);
    assertThat(need.weights()).isEqualTo(BLOCK);
    assertThat(need.bytes())
        .isEqualTo(llama.need(TAYLOR, Residency.STREAMED))
        .isGreaterThan(2 * BLOCK);
  }

  @Test
  void whatFitsInNoWayIsRefusedWithItsFigures() {
    LeastNeed need = need(TAYLOR, Precision.FLOAT32);
    assertThatThrownBy(() -> need.check("pruning by taylor", "cuda:0", GIB, "a smaller --length"))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageMatching(
            "pruning by taylor needs at least 1\\.\\d\\d GiB of device memory, however"
                + " weights are kept: 772 MiB for the weights of one submodule in float32 and \\d+"
                + " MiB to compute with them; cuda:0 has 1\\.00 GiB for it \\(try a smaller"
                + " --length or another device; secateur\\.worker\\.device-memory says how much may"
                + " be used\\)");
  }

  @Test
  void whatJustFitsIsNotRefusedNorWhereMemoryIsNotKnown() {
    LeastNeed need = need(TAYLOR, Precision.FLOAT32);
    assertThatCode(() -> need.check("pruning", "cuda:0", need.bytes(), ""))
        .doesNotThrowAnyException();
    assertThatCode(() -> need.check("pruning", "cuda:0", 0, "")).doesNotThrowAnyException();
    assertThatThrownBy(() -> need.check("pruning", "cuda:0", need.bytes() - 1, ""))
        .isInstanceOf(DeviceMemoryException.class);
  }

  @Test
  void halfOfThePrecisionIsHalfOfTheNeed() {
    LeastNeed half = need(TAYLOR, Precision.BFLOAT16);
    assertThat(half.weights()).isEqualTo(BLOCK / 2);
    assertThat(half.bytes()).isEqualTo(need(TAYLOR, Precision.FLOAT32).bytes() / 2);
  }

  @Test
  void unitsThatGoTogetherWhereMemoryAllowsAreNotCounted() {
    MemoryModel tiny = MemoryModel.of(MemoryModelTest.decoder(MemoryModelTest.TINY));
    LayerSpan all = new LayerSpan(0, 2);
    Point ablation =
        new Point(
            Strategy.BLOCK,
            all,
            all,
            new BigDecimal("0.5"),
            Criterion.ABLATION,
            Aggregation.SUM,
            Scope.LOCAL,
            Target.GROUP_RATIO,
            1);
    Samples samples =
        new Samples(new TextRef("text", ""), Sampling.ROWS, 4, 16, 1, false, Activations.AUTO);
    assertThat(LeastNeed.of(tiny, LeastNeed.pruning(ablation, samples), Precision.FLOAT32).bytes())
        .isLessThan(1 << 20);
  }

  @Test
  void randomWeightsAreAllHeldWithTheirGradientsAndMoments() {
    long weights = llama.sizes().float32();
    LeastNeed need =
        LeastNeed.ofRandom(llama.decoder(), List.of(new Work.Training(1, 1, 64, true, false)));
    assertThat(need.weights()).isEqualTo(weights);
    assertThat(need.computed()).isBetween(3 * weights, 3 * weights + 4 * BLOCK);
    assertThatThrownBy(() -> need.check("training", "cuda:0", 24 * GIB, "a smaller --cutoff"))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessageMatching(
            "training needs at least 10\\d\\.\\d\\d GiB of device memory: 25\\.10 GiB for all"
                + " weights in float32 and \\d+\\.\\d\\d GiB to compute with them; cuda:0 has"
                + " 24\\.00 GiB for it \\(try a smaller --cutoff or another device; .*");
  }

  @Test
  void goldenRowsGoForwardAndWhereThereAreGradientsBackToo() {
    Path family = Fixtures.resource("families/llama-mha");
    Decoder decoder = Checkpoint.open(family).decoder();
    try (SafetensorsFile golden = SafetensorsFile.open(family.resolve("golden.safetensors"))) {
      long[] ids = golden.tensor("input_ids").shape();
      int rows = (int) ids[0];
      int tokens = (int) ids[1];
      assertThat(LeastNeed.verification(decoder, golden, "golden"))
          .containsExactly(
              new Work.Rows(rows, tokens),
              new Work.Gradients(rows, tokens, false, true, Activations.RECOMPUTE));
    }
  }

  @Test
  void ofSeveralWorksTheLargestCounts() {
    Work text = LeastNeed.perplexity(64, 8).get(0);
    long both = LeastNeed.of(llama, List.of(text, TAYLOR), Precision.FLOAT32).bytes();
    assertThat(both)
        .isEqualTo(
            Math.max(
                need(text, Precision.FLOAT32).bytes(), need(TAYLOR, Precision.FLOAT32).bytes()));
  }
}
