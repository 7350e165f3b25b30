package dev.secateur.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Draws equal, token by token, those of the plain algorithm, which sorts the whole vocabulary. */
class TokenSamplingTest {
  private static final double[] TEMPERATURES = {0, 1e-6, 0.1, 0.7, 1, 2.5, 100};
  private static final double[] TOP_PS = {0.000001, 0.1, 0.5, 0.9, 0.95, 1};

  /** How logits are spread: each has ties of its own. */
  private enum Spread {
    NORMAL {
      @Override
      float logit(int token, Random random) {
        return (float) (4 * random.nextGaussian());
      }
    },
    COARSE {
      @Override
      float logit(int token, Random random) {
        return Math.round(3 * random.nextGaussian()) / 2f;
      }
    },
    EQUAL {
      @Override
      float logit(int token, Random random) {
        return 1.5f;
      }
    },
    ZEROS {
      @Override
      float logit(int token, Random random) {
        return random.nextBoolean() ? 0f : -0f;
      }
    },
    RISING {
      @Override
      float logit(int token, Random random) {
        return token / 1000f;
      }
    },
    EXTREME {
      @Override
      float logit(int token, Random random) {
        float any = Float.intBitsToFloat(random.nextInt());
        return Float.isFinite(any) ? any : -Float.MAX_VALUE;
      }
    };

    abstract float logit(int token, Random random);

    float[] logits(int vocabulary, Random random) {
      float[] logits = new float[vocabulary];
      for (int token = 0; token < vocabulary; token++) {
        logits[token] = logit(token, random);
      }
      return logits;
    }
  }

  /** Hands out one number, as often as it is asked. */
  private static final class Fixed extends Random {
    private static final long serialVersionUID = 1;
    private final double number;

    private Fixed(double number) {
      this.number = number;
    }

    @Override
    public double nextDouble() {
      return number;
    }
  }

  private static int plain(TokenSampling sampling, float[] logits, Random random) {
    List<Integer> order = order(sampling, logits);
    if (sampling.temperature() == 0) {
      return order.get(0);
    }
    double[] weights = weights(sampling, logits, order);
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    int kept = 0;
    double reached = 0;
    while (kept < weights.length && reached < sampling.topP() * sum) {
      reached += weights[kept++];
    }
    double at = random.nextDouble() * reached;
    for (int i = 0; i < kept; i++) {
      at -= weights[i];
      if (at < 0) {
        return order.get(i);
      }
    }
    return order.get(Math.max(0, kept - 1));
  }

  private static List<Integer> order(TokenSampling sampling, float[] logits) {
    int all = sampling.topK() == 0 ? logits.length : sampling.topK();
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer token) -> -logits[token]))
        .limit(sampling.temperature() == 0 ? 1 : all)
        .toList();
  }

  private static double[] weights(TokenSampling sampling, float[] logits, List<Integer> order) {
    float best = logits[order.get(0)];
    return order.stream()
        .mapToDouble(token -> Math.exp((logits[token] - best) / sampling.temperature()))
        .toArray();
  }

  private static void drawsAsThePlainOne(TokenSampling sampling, float[] logits, long seed) {
    Random plain = new Random(seed);
    Random random = new Random(seed);
    int expected = plain(sampling, logits, plain);
    assertThat(sampling.draw(logits, random))
        .as("%s of %d logits, seed %d", sampling, logits.length, seed)
        .isEqualTo(expected);
    assertThat(random.nextLong()).as("what is drawn next").isEqualTo(plain.nextLong());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 40, 300})
  void everyCombinationDrawsTheSameOfAFewTokens(int vocabulary) {
    long seed = vocabulary;
    for (Spread spread : Spread.values()) {
      float[] logits = spread.logits(vocabulary, new Random(seed));
      for (double temperature : TEMPERATURES) {
        for (double topP : TOP_PS) {
          for (int topK : new int[] {0, 1, 2, 50, vocabulary, vocabulary + 1}) {
            drawsAsThePlainOne(new TokenSampling(temperature, topK, topP), logits, seed++);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"5000, 40", "32000, 5", "130000, 2"})
  void anyCombinationDrawsTheSameOfManyTokens(int largest, int times) {
    Random random = new Random(largest);
    for (Spread spread : Spread.values()) {
      for (int i = 0; i < times; i++) {
        float[] logits = spread.logits(largest - random.nextInt(largest / 10), random);
        int[] topKs = {0, 0, 0, 50, 3000, logits.length - 1};
        TokenSampling sampling =
            new TokenSampling(
                TEMPERATURES[random.nextInt(TEMPERATURES.length)],
                topKs[random.nextInt(topKs.length)],
                TOP_PS[random.nextInt(TOP_PS.length)]);
        drawsAsThePlainOne(sampling, logits, random.nextLong());
      }
    }
  }

  /** Where the last bit of a sum decides. */
  @Test
  void drawsTheSameAtTheEdgesBetweenTokens() {
    Random random = new Random(3);
    for (int i = 0; i < 300; i++) {
      Spread spread = Spread.values()[i % Spread.values().length];
      float[] logits = spread.logits(1 + random.nextInt(400), random);
      double topP = i % 2 == 0 ? 1 : random.nextInt(1, 9) / 8.0;
      TokenSampling sampling = new TokenSampling(1, 0, topP);
      double[] weights = weights(sampling, logits, order(sampling, logits));
      double sum = topP * IntStream.range(0, weights.length).mapToDouble(w -> weights[w]).sum();
      double before = 0;
      for (int rank = 0; rank < Math.min(10, weights.length); rank++) {
        double edge = Math.min(before / sum, Math.nextDown(1.0));
        for (double number : new double[] {Math.nextDown(edge), edge, Math.nextUp(edge)}) {
          Random fixed = new Fixed(Math.max(0, Math.min(number, Math.nextDown(1.0))));
          assertThat(sampling.draw(logits, fixed))
              .as("%s, %s, %s", sampling, spread, number)
              .isEqualTo(plain(sampling, logits, fixed));
        }
        before += weights[rank];
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aLogitThatIsNotFiniteIsAnError(float value) {
    for (TokenSampling sampling :
        List.of(new TokenSampling(0, 0, 1), new TokenSampling(1, 2, 0.9))) {
      assertThatThrownBy(() -> sampling.draw(new float[] {1, value, 2}, new Random(1)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessage("a logit of the next token is " + value);
    }
  }
}
