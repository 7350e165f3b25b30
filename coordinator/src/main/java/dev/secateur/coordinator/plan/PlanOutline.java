package dev.secateur.coordinator.plan;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.secateur.protocol.PredictedSize;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a sweep would do, in numbers.
 *
 * @param stages by the label of their kind
 * @param sizes of the pruned models, as far as they are known in advance
 * @param leftOut why points of the grid are left out
 * @param notices what its author should know
 */
public record PlanOutline(
    String name,
    String digest,
    int trials,
    Map<String, Count> stages,
    List<PredictedSize> sizes,
    @JsonProperty("left_out") List<String> leftOut,
    List<String> notices) {

  /**
   * @param needed by all trials one by one
   * @param shared to be computed
   * @param done of those, there already
   */
  public record Count(int needed, int shared, int done) {
    Count plus(int uses, boolean there) {
      return new Count(needed + uses, shared + 1, done + (there ? 1 : 0));
    }

    /** Both. */
    public Count plus(Count other) {
      return new Count(needed + other.needed, shared + other.shared, done + other.done);
    }
  }

  /**
   * @param done whether the artifact of a stage is there
   */
  public static PlanOutline of(
      SweepConfig config, SweepPlan plan, Rehearsed rehearsed, Predicate<StageKey> done) {
    Map<StageKey, Integer> trials = new HashMap<>();
    for (Trial trial : plan.trials()) {
      new HashSet<>(trial.stages()).forEach(stage -> trials.merge(stage, 1, Integer::sum));
    }
    Map<StageKind, Count> counts = new EnumMap<>(StageKind.class);
    for (Stage stage : plan.stages()) {
      int uses = trials.getOrDefault(stage.key(), 0);
      counts.merge(
          stage.kind(), new Count(0, 0, 0).plus(uses, done.test(stage.key())), Count::plus);
    }
    Map<String, Count> stages = new LinkedHashMap<>();
    counts.forEach((kind, count) -> stages.put(kind.label(), count));
    return new PlanOutline(
        plan.name(),
        plan.digest(),
        plan.trials().size(),
        stages,
        rehearsed.sizes(),
        Stream.concat(
                SweepPlanner.exclusions(config).stream(),
                SweepPlanner.repeated(config, plan).stream())
            .toList(),
        Stream.concat(SweepPlanner.notices(config).stream(), rehearsed.notices().stream())
            .toList());
  }

  /** Of all kinds. */
  public Count all() {
    return stages.values().stream().reduce(new Count(0, 0, 0), Count::plus);
  }
}
