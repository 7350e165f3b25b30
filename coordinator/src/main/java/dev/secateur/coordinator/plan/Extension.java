package dev.secateur.coordinator.plan;

import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A larger grid that replaces a smaller one and contains all of it. */
public final class Extension {
  private Extension() {}

  /**
   * Why a plan does not extend another: what it lacks, with the first of it. An extension drops
   * nothing, so that nothing that was computed is lost by it.
   */
  public static Optional<String> problem(SweepPlan before, SweepPlan after) {
    Set<StageKey> there = new HashSet<>();
    after.stages().stream().map(Stage::key).forEach(there::add);
    List<Trial> lost =
        before.trials().stream().filter(trial -> !there.containsAll(trial.stages())).toList();
    if (lost.isEmpty()) {
      return Optional.empty();
    }
    Trial first = lost.get(0);
    return Optional.of(
        String.format(
            "the configuration lacks %d of the sweep's %d trials, such as trial %d (%s); an"
                + " extension must keep all trials, with the same calibration, evaluation and"
                + " recovery, and can add to them",
            lost.size(), before.trials().size(), first.index(), words(first)));
  }

  /** Where a trial stands, in a few words. */
  static String words(Trial trial) {
    return String.format(
        "%s, %s, %s, ratio %s",
        trial.model().name(),
        trial.point().strategy().label(),
        trial.point().criterion().label(),
        trial.point().ratio().toPlainString());
  }
}
