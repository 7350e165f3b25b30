package dev.secateur.stage;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.climbing.Climb;
import dev.secateur.climbing.ClimbFile;
import dev.secateur.climbing.HillClimbing;
import dev.secateur.compensation.PrunedDivergence;
import dev.secateur.compensation.Refit;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.GivenScores;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.StoredScores;
import dev.secateur.model.Batch;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Selection;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.pruning.LatencyTable;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.source.CalibrationSamples;
import dev.secateur.tensor.Versions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** From stored scores to a recipe; arithmetic only, but where scores are estimated step by step. */
final class PruningStage implements StageComputation<PruningSpec> {
  @Override
  public Class<PruningSpec> spec() {
    return PruningSpec.class;
  }

  @Override
  public Map<String, Double> compute(PruningSpec spec, StageContext context, Path folder)
      throws IOException {
    Decoder base = Checkpoint.open(context.checkpoint(spec.model())).decoder();
    Map<String, Double> metrics = new HashMap<>();
    Recipe recipe =
        spec.basis() instanceof PruningSpec.Scored scored
            ? ranked(spec, scored, base, context, metrics)
            : dense(spec, base);
    AtomicFile.write(folder.resolve(StageContext.RECIPE), recipe.json());
    metrics.putAll(metrics(recipe, base));
    return metrics;
  }

  /** The sizes before and after. */
  static Map<String, Double> metrics(Recipe recipe, Decoder base) {
    Map<String, Double> metrics = new HashMap<>();
    metrics.put("parameters_before", (double) recipe.parameters().before());
    metrics.put("parameters_after", (double) recipe.parameters().after());
    metrics.put("units_removed", (double) recipe.unitsRemoved());
    addCosts("before", base, metrics);
    if (recipe.strategy() != Strategy.IGNORE_DEPENDENCIES) { // which masks, and saves nothing
      addCosts("after", Pruning.prune(base, recipe.groups()), metrics);
    }
    return metrics;
  }

  /** That removes nothing. */
  private static Recipe dense(PruningSpec spec, Decoder base) {
    long all = Pruning.elements(base);
    return Recipe.of(
        identity(spec),
        spec.point(),
        List.of(),
        new Recipe.Parameters(all, all),
        Map.of("secateur", Versions.secateur()));
  }

  private static Recipe ranked(
      PruningSpec spec,
      PruningSpec.Scored scored,
      Decoder base,
      StageContext context,
      Map<String, Double> metrics)
      throws IOException {
    Point point = spec.point();
    StageKey estimation = scored.estimation();
    PointPruning pruning =
        new PointPruning(base, context.structures(scored.discovery()), point, types(spec, context));
    List<MemberScores> scores =
        scores(context.artifact(estimation).file(StageContext.SCORES), point, pruning);
    Map<String, String> provenance =
        new HashMap<>(Map.of("secateur", Versions.secateur(), "scores", estimation.value()));
    Recipe recipe;
    if (spec.selection() instanceof Selection.Allocation allocation) {
      recipe = allocated(spec, allocation, pruning, scores, context, provenance, metrics);
    } else if (spec.selection() instanceof Selection.Stepwise stepwise) {
      recipe =
          pruning.recipe(
              () -> context.base(spec.model()),
              scores,
              (model, left, step) -> again(spec, stepwise, model, left, step, context),
              identity(spec),
              provenance);
    } else {
      recipe = pruning.atOnce(scores, identity(spec), provenance);
    }
    if (point.target() == Target.BYTES) {
      metrics.put("weight_bytes_before", (double) pruning.bytes(List.of()));
      metrics.put("weight_bytes_after", (double) pruning.bytes(recipe.groups()));
    }
    pruning
        .removed(recipe.groups())
        .forEach((kind, share) -> metrics.put("removed_" + kind, share));
    return recipe;
  }

  /** What its bytes are counted in, where its target is bytes. */
  private static WrittenTypes types(PruningSpec spec, StageContext context) {
    return spec.point().target() == Target.BYTES
        ? WrittenTypes.as(Checkpoint.open(context.checkpoint(spec.model())))
        : WrittenTypes.all(ElementType.F32);
  }

  /** By profiles; adds what the case measures or reads to the provenance and the metrics. */
  private static Recipe allocated(
      PruningSpec spec,
      Selection.Allocation allocation,
      PointPruning pruning,
      List<MemberScores> scores,
      StageContext context,
      Map<String, String> provenance,
      Map<String, Double> metrics)
      throws IOException {
    Map<String, int[]> orders = PointPruning.orders(scores, spec.point().aggregation());
    Map<String, double[]> profiles = ProfileStage.read(context, allocation.profile()).byName();
    provenance.put("profile", allocation.profile().value());
    if (allocation instanceof Selection.ByLatency latency) {
      provenance.put("timing", latency.timing().value());
      LatencyTable table = TimingStage.read(context, latency.timing());
      Map<String, Integer> counts = pruning.allocation(profiles, Optional.of(table));
      Recipe recipe = pruning.allocated(orders, counts, identity(spec), provenance);
      metrics.put("predicted_seconds_before", table.forward());
      metrics.put("predicted_seconds_after", table.predicted(pruning.eligible(), recipe.groups()));
      return recipe;
    }
    Map<String, Integer> counts = pruning.allocation(profiles);
    if (allocation instanceof Selection.Climbing climbing) {
      Climb climb = climb(spec, climbing, pruning, orders, counts, context);
      counts = climb.counts();
      provenance.put("climbing", climb.summary());
      metrics.put("moves_kept", (double) climb.kept());
      metrics.put("divergence_before", climb.first());
      metrics.put("divergence_after", climb.loss());
    }
    return pruning.allocated(orders, counts, identity(spec), provenance);
  }

  private static Climb climb(
      PruningSpec spec,
      Selection.Climbing climbing,
      PointPruning pruning,
      Map<String, int[]> orders,
      Map<String, Integer> counts,
      StageContext context)
      throws IOException {
    Samples samples = climbing.samples();
    Batch batch =
        CalibrationSamples.draw(
            samples.of(context.local(samples.text())), context.checkpoint(spec.model()));
    AtomicReference<Climb> at = new AtomicReference<>();
    PrunedDivergence divergence =
        new PrunedDivergence(
            context.base(spec.model()),
            climbing.compensation().map(Refit::of),
            batch,
            (block, of) -> report(spec, at.get(), context));
    HillClimbing.check(batch);
    ClimbFile kept = new ClimbFile(context.scratch(), context.stage().value());
    Climb climb =
        new HillClimbing(
                pruning, orders, counts, divergence, spec.point().climbing(), samples.seed())
            .run(
                kept.read(),
                now -> {
                  kept.write(now);
                  at.set(now);
                  report(spec, now, context);
                });
    kept.delete();
    return climb;
  }

  private static List<MemberScores> scores(Path file, Point point, PointPruning pruning) {
    List<MemberScores> scores = StoredScores.read(file, point.criterion(), pruning.eligible());
    point
        .criterion()
        .scoresFile()
        .ifPresent(from -> GivenScores.checkAll(from, pruning.eligible(), scores));
    return scores;
  }

  private static Map<String, String> identity(PruningSpec spec) {
    return Map.of("model", spec.model().name(), "sha256", spec.model().sha256());
  }

  /** By the protocol of the published statistics: 64 tokens, half precision. */
  private static void addCosts(String when, Decoder decoder, Map<String, Double> metrics) {
    Costs costs = Costs.of(decoder, Costs.TOKENS);
    metrics.put("macs_" + when, (double) costs.macs());
    metrics.put("memory_bytes_" + when, (double) costs.memoryBytes());
    metrics.put("activation_bytes_" + when, (double) costs.activationBytes());
  }

  private static void report(PruningSpec spec, Climb climb, StageContext context) {
    int trials = spec.point().climbing();
    if (climb == null) {
      context.report(0, trials, "measuring the allocation of the profiles");
    } else {
      context.report(
          climb.tried(), trials, String.format(Locale.ROOT, "divergence %.4f", climb.loss()));
    }
  }

  @Override
  public String memoryNeed(PruningSpec spec) {
    return spec.samples()
        .map(
            samples ->
                "%d samples of %d tokens (fewer samples need less)"
                    .formatted(samples.count(), samples.length()))
        .orElseGet(() -> StageComputation.super.memoryNeed(spec));
  }

  private static List<MemberScores> again(
      PruningSpec spec,
      Selection.Stepwise stepwise,
      Model model,
      List<CoupledStructure> left,
      int step,
      StageContext context) {
    Samples samples = stepwise.samples();
    Batch batch = context.calibration(samples, List.of(spec.point().criterion()), spec.model());
    return model.computedIn(
        stepwise.precision(),
        held ->
            Estimation.of(
                held,
                left,
                spec.point().criterion(),
                Calibration.of(samples, batch, 0, 1),
                samples.seed(),
                () -> context.report(step, spec.point().steps(), "steps")));
  }
}
