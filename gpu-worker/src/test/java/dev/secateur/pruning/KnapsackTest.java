package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.json.Json;
import dev.secateur.pruning.RemovalCurve.Point;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class KnapsackTest {
  private static final String GOLDEN = "fixtures/compensation/stories260k.allocation.json";

  private static RemovalCurve curve(String name, long saves, boolean between, double... pairs) {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      points.add(new Point((int) pairs[i], pairs[i + 1]));
    }
    return new RemovalCurve(name, saves, between, points);
  }

  @Test
  void findsTheSolutionsOfThePrototype() throws IOException {
    assumeTrue(Fixtures.hasShared(GOLDEN), GOLDEN + " is not beside the project: skipped");
    JsonNode golden = Json.MAPPER.readTree(Fixtures.shared().resolve(GOLDEN).toFile());
    List<RemovalCurve> curves = new ArrayList<>();
    golden
        .get("curves")
        .properties()
        .forEach(
            entry -> {
              String kind = entry.getKey().replaceAll(".*\\.", "");
              List<Point> points = new ArrayList<>();
              entry
                  .getValue()
                  .forEach(p -> points.add(new Point(p.get(0).asInt(), p.get(1).asDouble())));
              long saves = golden.get("unit_parameters").get(kind).asLong();
              curves.add(new RemovalCurve(entry.getKey(), saves, kind.equals("mlp"), points));
            });
    Knapsack knapsack = new Knapsack(curves);
    assertThat(golden.get("solutions")).hasSize(3);
    for (JsonNode solution : golden.get("solutions")) {
      Knapsack.Solution found = knapsack.solve(solution.get("budget").asLong()).orElseThrow();
      Map<String, Integer> counts = new TreeMap<>();
      solution
          .get("counts")
          .properties()
          .forEach(e -> counts.put(e.getKey(), e.getValue().asInt()));
      assertThat(found.counts()).containsExactlyInAnyOrderEntriesOf(counts);
      assertThat(found.saved()).isEqualTo(solution.get("removed_parameters").asLong());
      assertThat(found.loss()).isCloseTo(solution.get("loss").asDouble(), within(1e-12));
    }
  }

  @Test
  void isAsGoodAsTryingEverything() {
    Random random = new Random(7);
    for (int round = 0; round < 60; round++) {
      List<RemovalCurve> curves = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        double[] mlp = {0, 0, 2 + random.nextInt(3), random.nextDouble(), 7 + random.nextInt(4), 0};
        mlp[5] = mlp[3] + random.nextDouble();
        curves.add(curve("mlp" + i, 5, true, mlp));
        curves.add(
            curve(
                "a" + i, 15 + i, false, 0, 0, 1, random.nextDouble(), 3, 1 + random.nextDouble()));
      }
      Knapsack knapsack = new Knapsack(curves);
      long budget = 1L + random.nextInt((int) knapsack.most());
      Knapsack.Solution found = knapsack.solve(budget).orElseThrow();
      double best = best(curves, 0, 0, 0, budget);
      assertThat(found.saved()).isGreaterThanOrEqualTo(budget);
      if (Double.isFinite(best)) {
        assertThat(found.saved()).isLessThan(budget + 5);
        assertThat(found.loss()).as("round %d", round).isCloseTo(best, within(1e-12));
      }
    }
  }

  /** Of all that saves the budget and less than a channel more. */
  private static double best(
      List<RemovalCurve> curves, int at, long saved, double loss, long budget) {
    if (at == curves.size()) {
      return saved >= budget && saved < budget + 5 ? loss : Double.POSITIVE_INFINITY;
    }
    RemovalCurve curve = curves.get(at);
    double best = Double.POSITIVE_INFINITY;
    for (int units = 0; units >= 0; units = curve.above(units)) {
      best =
          Math.min(
              best,
              best(
                  curves, at + 1, saved + units * curve.saves(), loss + curve.loss(units), budget));
    }
    return best;
  }

  /** One whose units save more and less, as times do. */
  private static RemovalCurve uneven(String name, boolean between, int step, Random random) {
    List<Point> points = new ArrayList<>(List.of(new Point(0, 0)));
    List<Long> savings = new ArrayList<>(List.of(0L));
    for (int i = 1; i <= 4; i++) {
      points.add(new Point(i * step, points.get(i - 1).loss() + random.nextDouble()));
      savings.add(savings.get(i - 1) + random.nextInt(40)); // some steps save nothing
    }
    return new RemovalCurve(name, 0, between, points, savings);
  }

  /** Of all that saves the budget. */
  private static double least(
      List<RemovalCurve> curves, int at, long saved, double loss, long budget) {
    if (at == curves.size()) {
      return saved >= budget ? loss : Double.POSITIVE_INFINITY;
    }
    RemovalCurve curve = curves.get(at);
    double least = Double.POSITIVE_INFINITY;
    for (int units = 0; units >= 0; units = curve.above(units)) {
      double more = loss + curve.loss(units);
      least = Math.min(least, least(curves, at + 1, saved + curve.saved(units), more, budget));
    }
    return least;
  }

  @Test
  void isAsGoodAsTryingEverythingWhereUnitsSaveUnevenly() {
    Random random = new Random(11);
    for (int round = 0; round < 200; round++) {
      List<RemovalCurve> curves = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        curves.add(uneven("a" + i, false, 1 + i, random));
      }
      Knapsack knapsack = new Knapsack(curves);
      long budget = random.nextInt((int) knapsack.most() + 1);
      Knapsack.Solution found = knapsack.solve(budget).orElseThrow();
      assertThat(found.saved()).isGreaterThanOrEqualTo(budget);
      assertThat(found.loss())
          .as("round %d", round)
          .isCloseTo(least(curves, 0, 0, 0, budget), within(1e-12));
      assertThat(knapsack.solve(knapsack.most() + 1)).isEmpty();
    }
  }

  @Test
  void isWithinAUnitOfTheBestWhereUnevenCurvesGoBetweenPoints() {
    Random random = new Random(12);
    for (int round = 0; round < 40; round++) {
      List<RemovalCurve> curves = new ArrayList<>();
      double unit = 0;
      for (int i = 0; i < 3; i++) {
        RemovalCurve curve = uneven("mlp" + i, true, 4, random);
        curves.add(curve);
        for (int units = 1; units <= curve.most(); units++) {
          unit = Math.max(unit, curve.loss(units) - curve.loss(units - 1));
        }
        curves.add(uneven("a" + i, false, 1, random));
      }
      Knapsack knapsack = new Knapsack(curves);
      long budget = random.nextInt((int) knapsack.most() + 1);
      Knapsack.Solution found = knapsack.solve(budget).orElseThrow();
      double best = least(curves, 0, 0, 0, budget);
      assertThat(found.saved()).isGreaterThanOrEqualTo(budget);
      assertThat(found.loss()).as("round %d", round).isBetween(best - 1e-12, best + unit);
    }
  }

  @Test
  @Timeout(30)
  void sharesTimesOutIn7BShapesInSeconds() {
    Random random = new Random(2);
    List<RemovalCurve> curves = new ArrayList<>();
    for (int structure = 0; structure < 64; structure++) {
      boolean mlp = structure % 2 == 0;
      List<Point> points = new ArrayList<>(List.of(new Point(0, 0)));
      List<Long> savings = new ArrayList<>(List.of(0L));
      for (int i = 1; i < (mlp ? 8 : 32); i++) {
        points.add(new Point(mlp ? i * 1376 : i, points.get(i - 1).loss() + random.nextDouble()));
        savings.add(savings.get(i - 1) + random.nextInt(mlp ? 150 : 30));
      }
      curves.add(new RemovalCurve("s" + structure, 0, mlp, points, savings));
    }
    Knapsack knapsack = new Knapsack(curves);
    long budget = knapsack.most() / 2;
    assertThat(knapsack.solve(budget).orElseThrow().saved()).isBetween(budget, budget + 1);
  }

  @Test
  void savingsAreOfPointsAndNeverFall() {
    List<Point> points = List.of(new Point(0, 0), new Point(4, 1), new Point(8, 3));
    RemovalCurve curve = new RemovalCurve("a", 0, true, points, List.of(0L, 10L, 12L));
    assertThat(curve.saved(3)).isEqualTo(7);
    assertThat(curve.saved(8)).isEqualTo(12);
    assertThatThrownBy(() -> new RemovalCurve("a", 0, true, points, List.of(0L, 10L, 9L)))
        .hasMessageContaining("the savings of 'a'");
    assertThatThrownBy(() -> new RemovalCurve("a", 0, true, points, List.of(0L, 10L)))
        .hasMessageContaining("the savings of 'a'");
  }

  @Test
  void takesNoMoreThanTheFloorsAllow() {
    RemovalCurve cheap = curve("a", 1, true, 0, 0, 8, 0.1);
    RemovalCurve dear = curve("b", 1, true, 0, 0, 8, 10);
    assertThat(new Knapsack(List.of(cheap, dear)).solve(8).orElseThrow().counts())
        .isEqualTo(Map.of("a", 8));
    Knapsack floored = new Knapsack(List.of(curve("a", 1, true, 0, 0, 5, 0.0625), dear));
    assertThat(floored.solve(8).orElseThrow().counts()).isEqualTo(Map.of("a", 5, "b", 3));
    assertThat(floored.most()).isEqualTo(13);
    assertThat(floored.solve(14)).isEmpty();
  }

  @Test
  void removesNothingForABudgetOfNothing() {
    Knapsack knapsack = new Knapsack(List.of(curve("a", 3, true, 0, 0, 4, 1)));
    assertThat(knapsack.solve(0).orElseThrow()).isEqualTo(new Knapsack.Solution(Map.of(), 0, 0));
  }

  @Test
  void goesAboveTheBudgetWhereUnitsAreCoarse() {
    RemovalCurve heads = curve("a", 100, false, 0, 0, 2, 1, 3, 5);
    assertThat(new Knapsack(List.of(heads)).solve(120).orElseThrow().counts())
        .isEqualTo(Map.of("a", 2));
  }

  @Test
  void meetsABudgetWhoseUnitsHaveNoCommonQuantum() {
    List<RemovalCurve> curves = new ArrayList<>();
    for (int layer = 0; layer < 12; layer++) { // GPT-2's shapes
      curves.add(curve("mlp" + layer, 1537, true, 0, 0, 1536, layer + 1, 2688, 3 * layer + 9));
      curves.add(curve("a" + layer, 196_800, false, 0, 0, 3, layer, 8, 20));
    }
    Knapsack.Solution found = new Knapsack(curves).solve(20_000_001).orElseThrow();
    assertThat(found.saved()).isBetween(20_000_001L, 20_000_001L + 1537);
  }

  @Test
  @Timeout(30)
  void solvesTheShapesOf7BInSeconds() {
    Random random = new Random(1);
    List<RemovalCurve> curves = new ArrayList<>();
    long all = 0;
    for (int layer = 0; layer < 32; layer++) {
      double[] mlp = new double[16];
      double[] heads = new double[64];
      for (int i = 1; i < 8; i++) {
        mlp[2 * i] = Math.round(11008 * i / 8.0);
        mlp[2 * i + 1] = mlp[2 * i - 1] + random.nextDouble();
      }
      for (int i = 1; i < 32; i++) {
        heads[2 * i] = i;
        heads[2 * i + 1] = heads[2 * i - 1] + random.nextDouble();
      }
      curves.add(curve("mlp" + layer, 3 * 4096, true, mlp));
      curves.add(curve("a" + layer, 4 * 4096 * 128, false, heads));
      all += 11008 * 3L * 4096 + 32 * 4L * 4096 * 128;
    }
    Knapsack.Solution found = new Knapsack(curves).solve(all / 2).orElseThrow();
    assertThat(found.saved()).isBetween(all / 2, all / 2 + 3 * 4096);
  }

  @Test
  void refusesACurveThatIsNone() {
    assertThatThrownBy(() -> curve("a", 1, true, 1, 0)).hasMessageContaining("'a'");
    assertThatThrownBy(() -> curve("a", 1, true, 0, 0, 2, 1, 2, 1)).hasMessageContaining("ascend");
    assertThatThrownBy(() -> curve("a", 1, true, 0, 0, 2, Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> curve("a", 0, true, 0, 0)).hasMessageContaining("saves nothing");
  }
}
