package dev.secateur.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankingTest {
  private static float[] logits(int size, IntUnaryOperator logit) {
    float[] logits = new float[size];
    for (int token = 0; token < size; token++) {
      logits[token] = logit.applyAsInt(token);
    }
    return logits;
  }

  private static void ranksAsASort(float[] logits) {
    Ranking ranking = new Ranking(logits, 1);
    assertThat(IntStream.range(0, logits.length).map(ranking::token))
        .containsExactlyElementsOf(
            IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparing((Integer token) -> logits[token]).reversed())
                .toList());
    assertThat(Ranking.first(logits)).isEqualTo(ranking.token(0));
  }

  @Test
  void ranksAsAStableSortWhateverTheOrderWas() {
    Random random = new Random(1);
    for (int size : new int[] {1, 255, 256, 257, 2048, 2049, 20_000}) {
      ranksAsASort(logits(size, token -> token));
      ranksAsASort(logits(size, token -> -token));
      ranksAsASort(logits(size, token -> 7));
      ranksAsASort(logits(size, token -> Math.min(token, size - token)));
      ranksAsASort(logits(size, token -> Math.max(token, size - token)));
      ranksAsASort(logits(size, token -> random.nextInt(50)));
      ranksAsASort(logits(size, token -> random.nextInt()));
    }
  }

  @Test
  void putsZeroBeforeMinusZero() {
    ranksAsASort(new float[] {-0f, 0f, -1, -0f, 0f, 1});
    assertThat(new Ranking(new float[] {-0f, 0f}, 1).token(0)).isEqualTo(1);
  }

  @Test
  void weighsByTheDistanceFromTheHighest() {
    Ranking ranking = new Ranking(new float[] {1, 3, 2}, 0.5);
    assertThat(ranking.weight(0)).isEqualTo(1);
    assertThat(ranking.weight(2)).isEqualTo(Math.exp(-4));
    assertThat(ranking.sumOfWeights()).isEqualTo(Math.exp(-4) + 1 + Math.exp(-2));
  }
}
