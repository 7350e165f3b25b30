package dev.secateur.climbing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.Residency;
import dev.secateur.compensation.CompensationFile;
import dev.secateur.compensation.PrunedDivergence;
import dev.secateur.compensation.Refit;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HillClimbingTest {
  private static final int TRIALS = 8;
  private static final long SEED = 3;

  @TempDir Path folder;

  private static Checkpoint checkpoint(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family));
  }

  private static Batch rows(int count, int tokens) {
    Random random = new Random(17);
    return Batch.causal(
        IntStream.range(0, count)
            .mapToObj(row -> random.longs(tokens, 3, 128).toArray())
            .toArray(long[][]::new));
  }

  private static PointPruning pruning(Model model) {
    LayerSpan all = new LayerSpan(0, model.decoder().layers());
    Point point =
        new Point(
                Strategy.BLOCK,
                all,
                all,
                new BigDecimal("0.2"),
                Criterion.L2,
                Aggregation.SUM,
                Scope.MEASURED,
                Target.PARAMETERS,
                1)
            .climbing(TRIALS);
    return new PointPruning(model.decoder(), Discovery.of(model.decoder()), point);
  }

  private static Map<String, int[]> orders(Model model) {
    List<MemberScores> scores =
        Estimation.of(
            model,
            pruning(model).eligible(),
            Criterion.L2,
            Calibration.whole(rows(2, 6)),
            1,
            () -> {});
    return PointPruning.orders(scores, Aggregation.SUM);
  }

  /** An allocation by made-up profiles, which is far from the best. */
  private static Map<String, Integer> start(PointPruning pruning) {
    Map<String, double[]> profiles = new HashMap<>();
    for (CoupledStructure structure : pruning.eligible()) {
      double steep = structure.layer() + 1;
      profiles.put(
          structure.name(),
          Arrays.stream(Profiles.levels(structure)).mapToDouble(n -> steep * n * n).toArray());
    }
    return pruning.allocation(profiles);
  }

  private static PrunedDivergence divergence(Model model, Optional<Refit> refit) {
    return new PrunedDivergence(model, refit, rows(8, 16), (block, of) -> {});
  }

  private static Climb climbed(
      Model model, Optional<Refit> refit, Optional<Climb> from, List<Climb> told) {
    PointPruning pruning = pruning(model);
    return new HillClimbing(
            pruning, orders(model), start(pruning), divergence(model, refit), TRIALS, SEED)
        .run(from, told::add);
  }

  private static Optional<Refit> ruled() {
    return Optional.of(Refit.of(Ridge.RULE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2"})
  void theDivergenceNeverRisesAndTheBudgetIsKept(String family) {
    try (Model model = CheckpointReader.load(checkpoint(family), Device.cpu())) {
      List<Climb> told = new ArrayList<>();
      Climb climb = climbed(model, ruled(), Optional.empty(), told);
      assertThat(climb.tried()).isEqualTo(TRIALS);
      assertThat(climb.kept()).isPositive();
      assertThat(climb.loss()).isLessThan(climb.first());
      assertThat(told).hasSize(TRIALS + 1).endsWith(climb);
      PointPruning pruning = pruning(model);
      Map<String, int[]> orders = orders(model);
      List<Long> sizes = new ArrayList<>();
      for (int i = 0; i < told.size(); i++) {
        Recipe recipe = pruning.allocated(orders, told.get(i).counts(), Map.of(), Map.of());
        sizes.add(recipe.parameters().before() - recipe.parameters().after());
        assertThat(told.get(i).loss()).isLessThanOrEqualTo(told.get(Math.max(0, i - 1)).loss());
      }
      long cheapest = pruning.savings().values().stream().mapToLong(s -> s).min().orElseThrow();
      long due = pruning.budget();
      assertThat(sizes).allMatch(size -> size >= due && size < due + cheapest);
      Recipe end = pruning.allocated(orders, climb.counts(), Map.of(), Map.of());
      assertThat(divergence(model, ruled()).of(end)).isEqualTo(climb.loss());
    }
  }

  @Test
  void isTheSameWhereverWeightsLie() {
    Climb first = null;
    for (Residency residency : Residency.values()) {
      try (Model model = CheckpointReader.open(checkpoint("qwen2"), Device.cpu(), residency)) {
        Climb climb = climbed(model, ruled(), Optional.empty(), new ArrayList<>());
        first = first == null ? climb : first;
        assertThat(climb).as(residency.name()).isEqualTo(first);
      }
    }
  }

  @Test
  void oneThatWasInterruptedEndsAsOneThatWasNot() {
    try (Model model = CheckpointReader.load(checkpoint("llama-gqa-tied"), Device.cpu())) {
      List<Climb> told = new ArrayList<>();
      Climb whole = climbed(model, ruled(), Optional.empty(), told);
      for (int at = 0; at < told.size(); at += 3) {
        ClimbFile file = new ClimbFile(folder.resolve("at" + at), "x");
        file.write(told.get(at));
        assertThat(climbed(model, ruled(), file.read(), new ArrayList<>()))
            .as("from move " + at)
            .isEqualTo(whole);
      }
    }
  }

  @Test
  void withoutCompensationItClimbsByTheModelThatIsLeft() {
    try (Model model = CheckpointReader.load(checkpoint("llama-gqa-tied"), Device.cpu())) {
      Climb climb = climbed(model, Optional.empty(), Optional.empty(), new ArrayList<>());
      Recipe recipe = pruning(model).allocated(orders(model), climb.counts(), Map.of(), Map.of());
      try (Model left = recipe.applied(model)) {
        double expected = divergence(model, left, rows(8, 16).idRows());
        assertThat(climb.loss()).isCloseTo(expected, within(1e-9 + 1e-5 * expected));
      }
    }
  }

  /** Fitted on samples 0, 1, 2, 4, 5 and 6, measured on 3 and 7. */
  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "gpt-neox", "gemma2"})
  void theDivergenceIsOfSamplesThatNothingWasFittedOn(String family) throws IOException {
    Checkpoint checkpoint = checkpoint(family);
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu())) {
      PointPruning pruning = pruning(model);
      Recipe recipe = pruning.allocated(orders(model), start(pruning), Map.of(), Map.of());
      long[][] all = rows(8, 16).idRows();
      Path file = folder.resolve(family);
      CompensationFile.write(
          file,
          model,
          recipe,
          recipe.types(checkpoint),
          Refit.of(Ridge.RULE),
          Batch.causal(new long[][] {all[0], all[1], all[2], all[4], all[5], all[6]}),
          Map.of(),
          (block, of) -> {});
      try (Model refitted = CompensationFile.applied(model, recipe, file)) {
        double expected = divergence(model, refitted, new long[][] {all[3], all[7]});
        assertThat(divergence(model, ruled()).of(recipe))
            .isCloseTo(expected, within(1e-9 + 1e-4 * expected));
      }
    }
  }

  @Test
  void fewTokensAreRefused() {
    assertThatCode(() -> HillClimbing.check(rows(64, 64))).doesNotThrowAnyException();
    assertThatThrownBy(() -> HillClimbing.check(rows(10, 64)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("640 tokens; with fewer than 4096")
        .hasMessageContaining("remove climbing");
  }

  /** In Java, of whole models. */
  private static double divergence(Model whole, Model other, long[][] rows) {
    int vocabulary = Math.toIntExact(whole.decoder().vocabulary());
    double sum = 0;
    int positions = 0;
    for (long[] row : rows) {
      float[] p = logits(whole, row);
      float[] q = logits(other, row);
      for (int from = 0; from < p.length; from += vocabulary) {
        double pSum = logSum(p, from, vocabulary);
        double qSum = logSum(q, from, vocabulary);
        for (int v = from; v < from + vocabulary; v++) {
          sum += Math.exp(p[v] - pSum) * ((p[v] - pSum) - (q[v] - qSum));
        }
        positions++;
      }
    }
    return sum / positions;
  }

  private static double logSum(float[] logits, int from, int count) {
    return Math.log(
        IntStream.range(from, from + count).mapToDouble(v -> Math.exp(logits[v])).sum());
  }

  private static float[] logits(Model model, long[] row) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      Batch batch = Batch.causal(new long[][] {row});
      return HostArrays.floats(
          model.decoder().logits(new TensorOps(scope, model, batch.idRows()), batch.ids(scope)));
    }
  }
}
