package dev.secateur.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PerplexityTest {
  private static final long[] DOCUMENT = new Random(4).longs(70, 3, 128).toArray();

  private static Model model() {
    return CheckpointReader.load(
        Checkpoint.open(Fixtures.resource("families/llama-mha")), Device.cpu());
  }

  private static double nll(Model model, int from, int to) {
    long[][] window = {Arrays.copyOfRange(DOCUMENT, from, to)};
    Perplexity found = Perplexity.of(model, window, (done, all) -> {});
    return found.tokens() * Math.log(found.perplexity());
  }

  @Test
  void countsTheTokensThatEachProtocolScores() {
    try (Model model = model()) {
      Perplexity apart = Perplexity.of(model, DOCUMENT, 16, 4, (done, all) -> {});
      assertThat(apart.tokens()).isEqualTo(4 * 15);
      Perplexity strided = Perplexity.strided(model, DOCUMENT, 16, 8, 100, (done, all) -> {});
      assertThat(strided.windows()).isEqualTo((70 - 16) / 8 + 1);
      assertThat(strided.tokens()).isEqualTo(15 + (strided.windows() - 1) * 8);
    }
  }

  @Test
  void aWindowThatSlidesByOneScoresItsLastToken() {
    try (Model model = model()) {
      double expected = nll(model, 0, 8);
      for (int start = 1; start + 8 <= 20; start++) {
        expected += nll(model, start, start + 8) - nll(model, start, start + 7);
      }
      long[] document = Arrays.copyOf(DOCUMENT, 20);
      Perplexity strided = Perplexity.strided(model, document, 8, 1, 100, (done, all) -> {});
      assertThat(strided.tokens()).isEqualTo(7 + 12);
      assertThat(Math.log(strided.perplexity())).isCloseTo(expected / 19, within(1e-5));
    }
  }

  @Test
  void refusesATextThatIsTooShort() {
    try (Model model = model()) {
      assertThatThrownBy(() -> Perplexity.of(model, DOCUMENT, 128, 9, (done, all) -> {}))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("70 tokens, too few for one window of 128");
    }
  }
}
