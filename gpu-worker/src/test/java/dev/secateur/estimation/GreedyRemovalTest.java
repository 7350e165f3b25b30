package dev.secateur.estimation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.json.Json;
import dev.secateur.model.Model;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GreedyRemovalTest {
  private static final String GOLDEN = "fixtures/compensation/stories260k.removal.";

  private static double[][] random(int rows, int columns, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, rows)
        .mapToObj(row -> random.doubles(columns).map(x -> x - 0.5).toArray())
        .toArray(double[][]::new);
  }

  private static double[][] gram(double[][] tokens) {
    int inputs = tokens[0].length;
    double[][] gram = new double[inputs][inputs];
    for (double[] token : tokens) {
      for (int i = 0; i < inputs; i++) {
        for (int j = 0; j < inputs; j++) {
          gram[i][j] += token[i] * token[j];
        }
      }
    }
    return gram;
  }

  private static NDArray array(NDManager manager, double[][] rows) {
    double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    return HostArrays.of(manager, flat, rows.length, rows[0].length);
  }

  private static GreedyRemoval.Order order(
      double[][] a, double[][] gram, double rho, int width, int batch) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      return new GreedyRemoval(width, batch).of(array(manager, a), array(manager, gram), rho);
    }
  }

  private static double sum(GreedyRemoval.Order order, int count) {
    return Arrays.stream(order.losses()).limit(count).sum();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 3", "1, 20", "2, 1", "4, 1", "4, 2"})
  void agreesWithTheHessianSolvedAnewForEachCandidate(int width, int batch) {
    double[][] a = random(5, 16, 3);
    double[][] gram = gram(random(10, 16, 4)); // fewer tokens than inputs
    GreedyRemoval.Order found = order(a, gram, 0.1, width, batch);
    DenseRemoval.Result expected = DenseRemoval.of(a, gram, 0.1, width, batch);
    assertThat(found.units()).containsExactly(expected.order().stream().mapToInt(u -> u).toArray());
    for (int i = 0; i < expected.errors().size(); i++) {
      int gone = Math.min((i + 1) * batch, found.units().length);
      double error = expected.errors().get(i);
      assertThat(sum(found, gone)).isCloseTo(error, within(1e-9 * error));
    }
  }

  @Test
  void unitsThatNoTokenMakesActiveGoFirstAndCostNothing() {
    double[][] tokens = random(30, 12, 5);
    for (double[] token : tokens) {
      token[3] = 0;
      token[7] = 0;
    }
    double[][] a = random(4, 12, 6);
    GreedyRemoval.Order found = order(a, gram(tokens), 0.2, 1, 3);
    DenseRemoval.Result expected = DenseRemoval.of(a, gram(tokens), 0.2, 1, 3);
    assertThat(found.units()).startsWith(3, 7);
    assertThat(found.units()).containsExactly(expected.order().stream().mapToInt(u -> u).toArray());
    assertThat(found.losses()).startsWith(0, 0);
    assertThat(found.losses()[2]).isPositive();
  }

  @Test
  void whereNoTokenComesByUnitsGoInTheirOrder() {
    GreedyRemoval.Order found = order(random(2, 4, 1), new double[4][4], 1, 1, 1);
    assertThat(found.units()).containsExactly(0, 1, 2, 3);
    assertThat(found.losses()).containsOnly(0);
  }

  @Test
  void scoresRankUnitsInTheirOrderAndAddUpToTheLoss() {
    int[] units = {4, 1, 0, 3, 2};
    double[] losses = {1, 3, 2, 2.5, 9};
    double[] scores = new GreedyRemoval.Order(units, losses).scores(2);
    assertThat(scores[4]).isEqualTo(2);
    assertThat(scores[1]).isEqualTo(5); // the mean of 6, 4 and 5
    assertThat(scores[0]).isEqualTo(Math.nextUp(5.0));
    assertThat(scores[3]).isEqualTo(Math.nextUp(5.0));
    assertThat(scores[2]).isEqualTo(18);
    assertThat(dev.secateur.pruning.Ranking.ascending(scores)).containsExactly(4, 1, 0, 3, 2);
    assertThat(Arrays.stream(scores).sum()).isCloseTo(35, within(1e-9));
  }

  @Test
  void ordersAndErrorsAreThoseOfThePrototype() throws IOException {
    String missing = GOLDEN + "safetensors is not beside the project: skipped";
    assumeTrue(Fixtures.hasShared(GOLDEN + "safetensors"), missing);
    Path json = Fixtures.shared().resolve(GOLDEN + "json");
    JsonNode golden = Json.MAPPER.readTree(json.toFile());
    int compared = 0;
    try (SafetensorsFile arrays =
            SafetensorsFile.open(Fixtures.shared().resolve(GOLDEN + "safetensors"));
        Model model =
            CheckpointReader.load(
                Checkpoint.open(Fixtures.shared().resolve("models/stories260k")), Device.cpu());
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      for (OutputMatrix matrix :
          OutputMatrix.of(
              model.decoder(), TinyModel.eligible(model, dev.secateur.protocol.Strategy.BLOCK))) {
        String name = matrix.structure().name();
        if (!golden.get("orders").has("plain." + name)) {
          continue;
        }
        int size = matrix.size();
        for (String weighting : new String[] {"plain.", "weighted."}) {
          NDArray weight = matrix.weight(model, manager); // (out, in)
          long outputs = weight.getShape().get(0);
          if (weighting.equals("weighted.")) {
            double[] covariance = arrays.reals("gradient." + name);
            NDArray factor =
                LinearAlgebraKernels.get()
                    .cholesky(manager, HostArrays.of(manager, covariance, outputs, outputs));
            weight =
                Kernels.get().matMul(manager, Kernels.get().transposed(manager, factor), weight);
          }
          NDArray gram = HostArrays.of(manager, arrays.reals("gram." + name), size, size);
          GreedyRemoval.Order order =
              new GreedyRemoval(matrix.width(), 1).of(weight, gram, golden.get("rho").asDouble());
          int[] expected =
              Json.MAPPER.convertValue(golden.get("orders").get(weighting + name), int[].class);
          assertThat(order.units()).as(weighting + name).containsExactly(expected);
          double[] errors = arrays.reals(weighting + name + ".errors");
          for (int i = 0; i < errors.length; i++) {
            assertThat(sum(order, i + 1)).isCloseTo(errors[i], within(1e-9 * errors[i]));
          }
          compared++;
        }
      }
    }
    assertThat(compared).isEqualTo(12);
  }
}
