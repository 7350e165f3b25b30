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
import dev.secateur.protocol.PerplexityBegin;
import java.util.Arrays;
import java.util.OptionalLong;
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

  private static Perplexity strided(Model model, long[] document, int window, int stride) {
    Perplexity.Protocol protocol =
        new Perplexity.Protocol(window, stride, 100, PerplexityBegin.NONE);
    return Perplexity.of(model, document, OptionalLong.empty(), protocol, (done, all) -> {});
  }

  @Test
  void countsTheTokensThatEachProtocolScores() {
    try (Model model = model()) {
      Perplexity apart = Perplexity.of(model, DOCUMENT, 16, 4, (done, all) -> {});
      assertThat(apart.tokens()).isEqualTo(4 * 15);
      Perplexity strided = strided(model, DOCUMENT, 16, 8);
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
      Perplexity strided = strided(model, document, 8, 1);
      assertThat(strided.tokens()).isEqualTo(7 + 12);
      assertThat(Math.log(strided.perplexity())).isCloseTo(expected / 19, within(1e-5));
    }
  }

  /** Each window is the begin token and what would else be a window that is one shorter. */
  @Test
  void windowsThatStartWithTheBeginTokenScoreAllTokensOfTheDocument() {
    try (Model model = model()) {
      Perplexity.Protocol apart = new Perplexity.Protocol(16, 16, 100, PerplexityBegin.WINDOW);
      Perplexity found =
          Perplexity.of(model, DOCUMENT, OptionalLong.of(1), apart, (done, all) -> {});
      assertThat(found.windows()).isEqualTo(70 / 15);
      assertThat(found.tokens()).isEqualTo(4 * 15);
      long[][] windows = new long[4][16];
      for (int i = 0; i < 4; i++) {
        windows[i][0] = 1;
        System.arraycopy(DOCUMENT, i * 15, windows[i], 1, 15);
      }
      assertThat(found).isEqualTo(Perplexity.of(model, windows, (done, all) -> {}));
      Perplexity.Protocol strided = new Perplexity.Protocol(16, 5, 100, PerplexityBegin.WINDOW);
      assertThat(
              Perplexity.of(model, DOCUMENT, OptionalLong.of(1), strided, (done, all) -> {})
                  .tokens())
          .isEqualTo(15 + 11 * 5);
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
