package dev.secateur.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.Residency;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.CompensationSpec;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.TextRef;
import org.junit.jupiter.api.Test;

class RefittingMemoryTest {
  private final MemoryModel model =
      MemoryModel.of(Checkpoint.open(Fixtures.resource("families/llama-mha")));

  private long streamed(int samples, int folds) {
    return model.need(new Work.Refitting(samples, 12, folds, false), Residency.STREAMED);
  }

  /** The width is 32, and the MLP has 88 channels. */
  @Test
  void countsBothStreamsOfAllSamplesAndTheSumsOfOneFoldBesideThoseOfAll() {
    assertThat(streamed(9, 1) - streamed(8, 1)).isEqualTo(2 * 4 * 12 * 32);
    assertThat(streamed(8, 5) - streamed(8, 1)).isEqualTo(8 * (88 * 88 + 32 * 88));
    assertThat(streamed(8, 5)).isEqualTo(streamed(8, 2));
  }

  /** Those of a block that have as many inputs as the stream, in both models: 4 and the MLP's 2. */
  @Test
  void innerMatricesAreHeldBesideTheSums() {
    long all = model.need(new Work.Refitting(8, 12, 1, true), Residency.STREAMED);
    assertThat(all - streamed(8, 1)).isEqualTo(2 * 4 * (4 * 32 * 32 + 2 * 32 * 88));
  }

  /** With fewer channels than the width no output matrix' sums are larger than those shared. */
  @Test
  void innerMatricesShareThreeSumsOfAllSamplesAndThreeOfAFold() {
    MemoryModel narrow =
        MemoryModel.of(
            MemoryModelTest.decoder(
                """
                {"model_type": "llama", "hidden_size": 32, "intermediate_size": 16,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 10}"""));
    long validated = narrow.need(new Work.Refitting(8, 12, 5, true), Residency.STREAMED);
    long ruled = narrow.need(new Work.Refitting(8, 12, 1, true), Residency.STREAMED);
    assertThat(validated - ruled).isEqualTo(3 * 8 * 32 * 32);
  }

  @Test
  void aStageOfASweepSaysWhatItNeeds() {
    Samples samples =
        new Samples(new TextRef("t", "h"), Sampling.ROWS, 8, 12, 1, false, Activations.AUTO);
    ModelRef of = new ModelRef("m", "m", "h", 3);
    StageKey recipe = new StageKey("r");
    StageMemory memory = new StageMemory(model);
    long validated =
        memory
            .least(new CompensationSpec(of, recipe, samples, Ridge.CROSS_VALIDATION, false))
            .orElseThrow();
    long ruled =
        memory.least(new CompensationSpec(of, recipe, samples, Ridge.RULE, false)).orElseThrow();
    assertThat(validated).isEqualTo(streamed(8, 5)).isGreaterThan(ruled);
  }

  @Test
  void climbingNeedsARefitOrBothStreamsLogitsWhicheverIsMore() {
    Work climbing = new Work.Climbing(8, 12);
    assertThat(model.need(climbing, Residency.STREAMED)).isGreaterThanOrEqualTo(streamed(8, 1));
    MemoryModel wide =
        MemoryModel.of(
            MemoryModelTest.decoder(
                """
                {"model_type": "llama", "hidden_size": 32, "intermediate_size": 88,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 50000}"""));
    long many = wide.need(new Work.Climbing(8, 128), Residency.STREAMED);
    long refit = wide.need(new Work.Refitting(8, 128, 1, false), Residency.STREAMED);
    assertThat(many).isGreaterThan(refit);
  }
}
