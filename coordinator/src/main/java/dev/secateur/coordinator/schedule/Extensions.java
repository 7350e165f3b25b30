package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.CoordinatorProtocol.Extend;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import java.util.List;
import java.util.Optional;

/** The decisions about sweeps whose grid is to grow, in the style of {@link Decisions}. */
public final class Extensions {
  private Extensions() {}

  /**
   * Why an unfinished sweep is not extended: it is being stopped, or somebody else has extended it
   * since the extension was planned.
   */
  public static Optional<String> refusal(CoordinatorState state, Extend extend) {
    SweepState sweep = state.sweeps().get(extend.sweep());
    if (sweep == null) {
      return Optional.empty();
    }
    String id = extend.sweep().value();
    if (sweep.status() == SweepStatus.STOPPING) {
      return Optional.of(
          "sweep " + id + " is being stopped; extend it once it has stopped, or resume it first");
    }
    PlanIndex larger = state.indexes().of(extend.plan());
    long lost = sweep.plan().stages().stream().filter(stage -> !larger.has(stage.key())).count();
    return lost == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                "sweep %s was extended at the same time, and this extension lacks %d of its"
                    + " stages; extend it with a configuration that has all of its trials",
                id, lost));
  }

  /** Whether a plan says nothing that a sweep does not have. */
  private static boolean isSame(SweepPlan one, SweepPlan other) {
    return one.digest().equals(other.digest())
        && one.recoverWhen().equals(other.recoverWhen())
        && one.attempts() == other.attempts()
        && one.timeouts().equals(other.timeouts());
  }

  /**
   * A larger grid for an unfinished sweep, or the new run of one that has ended.
   *
   * @param ended the sweep where it has ended
   */
  public static List<SweepEvent> extend(
      CoordinatorState state, Extend extend, Optional<FinishedSweep> ended) {
    SweepState unfinished = state.sweeps().get(extend.sweep());
    if (unfinished != null && isSame(unfinished.plan(), extend.plan())) {
      return List.of();
    }
    SweepEvent event =
        ended
            .map(FinishedSweep::summary)
            .<SweepEvent>map(
                summary ->
                    new SweepEvent.SweepSubmitted(
                        extend.sweep(),
                        extend.plan(),
                        summary.runFolder(),
                        summary.priority(),
                        IdempotencyKey.NONE,
                        extend.at(),
                        over(extend.origin(), summary)))
            .orElseGet(
                () ->
                    new SweepEvent.SweepExtended(
                        extend.sweep(),
                        extend.plan(),
                        over(extend.origin(), unfinished.summary(state)),
                        extend.at()));
    return Consequences.of(state, List.of(event));
  }

  private static Origin over(Origin extension, SweepSummary sweep) {
    return extension.over(sweep.owner(), sweep.labels(), sweep.notes());
  }
}
