package dev.secateur.coordinator.plan;

import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent.SweepReplanned;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The same sweep for another version of the code: trials and stages stay the same, and all stages
 * have new keys.
 */
public final class Replanning {
  private Replanning() {}

  /** Finds the keys that a plan's stages have in another version. */
  public static SweepReplanned of(SweepId sweep, SweepPlan plan, CodeVersion version) {
    Map<StageKey, StageKey> keys = new LinkedHashMap<>();
    for (Stage stage : plan.stages()) { // what it reads comes before it
      keys.put(stage.key(), StageKeys.of(stage.spec().under(known(keys)), version));
    }
    String digest = StageKeys.digest(keys.values().stream().distinct().toList());
    return new SweepReplanned(sweep, plan.codeVersion(), version, digest, keys);
  }

  /**
   * The plan under its new keys. Nothing is hashed: what an event says counts, whatever stages'
   * keys are made of by then.
   */
  public static SweepPlan plan(SweepPlan before, SweepReplanned event) {
    UnaryOperator<StageKey> keys = known(event.keys());
    Map<StageKey, Stage> stages = new LinkedHashMap<>();
    for (Stage stage : before.stages()) {
      Stage same = stage.under(keys);
      stages.putIfAbsent(same.key(), same); // a version may know no difference between two
    }
    return new SweepPlan(
        before.name(),
        event.digest(),
        before.trials().stream().map(trial -> trial.under(keys)).toList(),
        List.copyOf(stages.values()),
        before.recoverWhen(),
        before.attempts(),
        before.timeouts(),
        event.to());
  }

  private static UnaryOperator<StageKey> known(Map<StageKey, StageKey> keys) {
    return key -> {
      StageKey other = keys.get(key);
      if (other == null) {
        throw new IllegalArgumentException("stage " + key.value() + " is not one of the plan's");
      }
      return other;
    };
  }
}
