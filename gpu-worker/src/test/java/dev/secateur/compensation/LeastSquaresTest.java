package dev.secateur.compensation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Ridge;
import dev.secateur.tensor.Devices;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.Transfers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeastSquaresTest {
  private static final int INPUTS = 6;
  private static final int OUTPUTS = 4;

  private final Random random = new Random(7);
  private NDManager scope;

  @BeforeEach
  void open() {
    scope = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Tokens that a known matrix wrote, with noise. */
  private Moments moments(int tokens, double[] truth, double noise) {
    double[] read = random.doubles((long) tokens * INPUTS, -1, 1).toArray();
    double[] wanted = new double[tokens * OUTPUTS];
    for (int t = 0; t < tokens; t++) {
      for (int o = 0; o < OUTPUTS; o++) {
        double sum = noise * random.nextGaussian();
        for (int i = 0; i < INPUTS; i++) {
          sum += truth[o * INPUTS + i] * read[t * INPUTS + i];
        }
        wanted[t * OUTPUTS + o] = sum;
      }
    }
    Moments moments = new Moments(scope, INPUTS, OUTPUTS);
    moments.add(
        HostArrays.of(scope, read, tokens, INPUTS), HostArrays.of(scope, wanted, tokens, OUTPUTS));
    return moments;
  }

  private NDArray matrix(double[] values) {
    return HostArrays.of(scope, values, OUTPUTS, INPUTS);
  }

  private double[] any() {
    return random.doubles(OUTPUTS * INPUTS, -1, 1).toArray();
  }

  @Test
  void withoutRidgeItFindsTheMatrixThatWroteTheTokens() {
    double[] truth = any();
    LeastSquares squares = new LeastSquares(matrix(any()), 0);
    double[] found = HostArrays.doubles(squares.solve(scope, moments(40, truth, 0), 1e-12));
    assertThat(found).containsExactly(truth, within(1e-9));
  }

  @Test
  void aLargeRidgeKeepsTheWeightsThatWereThere() {
    double[] prior = any();
    LeastSquares squares = new LeastSquares(matrix(prior), 0);
    double[] found = HostArrays.doubles(squares.solve(scope, moments(40, any(), 0), 1e12));
    assertThat(found).containsExactly(prior, within(1e-9));
  }

  /** The gradient of the penalised error is zero: W (G + D) = R + W_0 D, multiplied out in Java. */
  @Test
  void theSolutionFulfilsItsEquation() {
    double[] prior = any();
    Moments moments = moments(9, any(), 0.5);
    double rho = 0.3;
    double[] w = HostArrays.doubles(new LeastSquares(matrix(prior), 0).solve(scope, moments, rho));
    double[] g = HostArrays.doubles(moments.gram());
    double[] r = HostArrays.doubles(moments.cross());
    double mean = 0;
    for (int i = 0; i < INPUTS; i++) {
      mean += g[i * INPUTS + i] / INPUTS;
    }
    for (int o = 0; o < OUTPUTS; o++) {
      for (int j = 0; j < INPUTS; j++) {
        double d = rho * (g[j * INPUTS + j] + 1e-8 * mean);
        double left = w[o * INPUTS + j] * d;
        for (int i = 0; i < INPUTS; i++) {
          left += w[o * INPUTS + i] * g[i * INPUTS + j];
        }
        assertThat(left).isCloseTo(r[o * INPUTS + j] + prior[o * INPUTS + j] * d, within(1e-10));
      }
    }
  }

  @Test
  void theErrorFallsFromThePriorsToThatOfTheFit() {
    double[] prior = any();
    Moments moments = moments(30, any(), 0.1);
    LeastSquares squares = new LeastSquares(matrix(prior), 0);
    double before = LeastSquares.error(matrix(prior), moments);
    double after = LeastSquares.error(squares.solve(scope, moments, 1e-6), moments);
    assertThat(after).isPositive().isLessThan(before);
  }

  @Test
  void theLastInputsCanBeFreeOfTheRidge() {
    double[] prior = any();
    double[] truth = prior.clone();
    for (int o = 0; o < OUTPUTS; o++) {
      truth[o * INPUTS + INPUTS - 1] += 5;
    }
    LeastSquares squares = new LeastSquares(matrix(prior), 1);
    double[] found = HostArrays.doubles(squares.solve(scope, moments(60, truth, 0), 1e9));
    assertThat(found).containsExactly(truth, within(1e-6));
  }

  @Test
  void inputsThatAreNeverActiveLeaveTheirWeights() {
    double[] prior = any();
    Moments none = new Moments(scope, INPUTS, OUTPUTS);
    LeastSquares squares = new LeastSquares(matrix(prior), 0);
    assertThat(HostArrays.doubles(squares.solve(scope, none, 0.1))).containsExactly(prior);
  }

  @Test
  void crossValidationTakesLittleRidgeForManyTokensAndMuchForFew() {
    double[] truth = any();
    double[] near = truth.clone();
    near[0] += 0.01;
    LeastSquares squares = new LeastSquares(matrix(near), 0);
    assertThat(rho(squares, folds(4, truth, 2))).isEqualTo(10);
    LeastSquares far = new LeastSquares(matrix(any()), 0);
    assertThat(rho(far, folds(200, truth, 0.01))).isEqualTo(0.003);
  }

  @Test
  void crossValidationErrsAsMatricesFittedToTheOtherFolds() {
    List<Moments> folds = folds(7, any(), 0.5);
    LeastSquares squares = new LeastSquares(matrix(any()), 1);
    Moments all = Moments.all(scope, folds);
    double[] errors = new double[LeastSquares.GRID.size()];
    folds.forEach(fold -> squares.addErrors(errors, all, fold));
    for (int i = 0; i < errors.length; i++) {
      double expected = 0;
      for (int fold = 0; fold < folds.size(); fold++) {
        Moments others = Moments.without(scope, folds, fold);
        NDArray fitted = squares.solve(scope, others, LeastSquares.GRID.get(i));
        expected += LeastSquares.error(fitted, folds.get(fold)) - folds.get(fold).squares();
      }
      assertThat(errors[i]).isCloseTo(expected, within(1e-9));
    }
  }

  @Test
  void fittingInTheMemoryOfTheSumsTellsTheErrorsOfBothMatrices() {
    Moments moments = moments(30, any(), 0.1);
    NDArray prior = matrix(any());
    LeastSquares squares = new LeastSquares(prior, 0);
    NDArray fitted = squares.solve(scope, moments, 0.2);
    Moments copy = Moments.without(scope, List.of(moments), -1);
    LeastSquares.Errors errors = squares.solveInPlace(copy, 0.2);
    assertThat(HostArrays.doubles(copy.cross())).containsExactly(HostArrays.doubles(fitted));
    assertThat(errors.before()).isCloseTo(LeastSquares.error(prior, moments), within(1e-9));
    assertThat(errors.after()).isCloseTo(LeastSquares.error(fitted, moments), within(1e-9));
  }

  private double rho(LeastSquares squares, List<Moments> folds) {
    return squares.fit(scope, folds, Ridge.CROSS_VALIDATION).rho();
  }

  private List<Moments> folds(int tokens, double[] truth, double noise) {
    List<Moments> folds = new ArrayList<>();
    for (int i = 0; i < LeastSquares.FOLDS; i++) {
      folds.add(moments(tokens, truth, noise));
    }
    return folds;
  }

  @Test
  void theRuleIsTwiceTheInputsByTheTokens() {
    List<Moments> one = folds(12, any(), 0).subList(0, 1);
    LeastSquares squares = new LeastSquares(matrix(any()), 0);
    assertThat(squares.fit(scope, one, Ridge.RULE).rho()).isEqualTo(1);
    assertThat(squares.fit(scope, one, Ridge.CROSS_VALIDATION).rho()).isEqualTo(1);
    assertThat(squares.fit(scope, one, Ridge.of(0.2)).rho()).isEqualTo(0.2);
  }

  /** Where a device has no LAPACK. */
  @Test
  void aDeviceWithoutLinearAlgebraHasTheHostDoIt() {
    double[] truth = any();
    Moments moments = moments(20, truth, 0.1);
    double[] expected =
        HostArrays.doubles(new LeastSquares(matrix(truth), 0).solve(scope, moments, 0.1));
    try (NDManager device = NDManager.newBaseManager(Devices.SIMULATED)) {
      Moments there = new Moments(device, INPUTS, OUTPUTS);
      Kernels.get().accumulate(there.gram(), Transfers.get().toDevice(device, moments.gram()), 1);
      Kernels.get().accumulate(there.cross(), Transfers.get().toDevice(device, moments.cross()), 1);
      NDArray prior = HostArrays.of(device, truth, OUTPUTS, INPUTS);
      assertThat(HostArrays.doubles(new LeastSquares(prior, 0).solve(device, there, 0.1)))
          .containsExactly(expected);
    }
  }

  @Test
  void momentsOfPartsAddUp() {
    double[] truth = any();
    List<Moments> parts = folds(5, truth, 0.1);
    Moments all = Moments.without(scope, parts, -1);
    Moments rest = Moments.without(scope, parts, 2);
    assertThat(all.tokens()).isEqualTo(25);
    assertThat(rest.tokens()).isEqualTo(20);
    assertThat(all.squares()).isCloseTo(rest.squares() + parts.get(2).squares(), within(1e-12));
    double[] left = HostArrays.doubles(parts.get(2).gram());
    double[] others = HostArrays.doubles(rest.gram());
    double[] sum = HostArrays.doubles(all.gram());
    for (int i = 0; i < sum.length; i++) {
      assertThat(others[i] + left[i]).isCloseTo(sum[i], within(1e-12));
    }
  }

  @Test
  void ridgesAreReadFromWordsAndNumbers() {
    assertThat(Ridge.parse("cross-validation")).isEqualTo(Ridge.CROSS_VALIDATION);
    assertThat(Ridge.parse("rule").label()).isEqualTo("rule");
    assertThat(Ridge.parse("0.30").label()).isEqualTo("0.3");
    for (String wrong : List.of("0", "-1", "auto", "NaN", "1e999")) {
      assertThatThrownBy(() -> Ridge.parse(wrong))
          .as(wrong)
          .isInstanceOf(InputException.class)
          .hasMessage("is '" + wrong + "'; allowed are cross-validation, rule or a number above 0");
    }
  }
}
