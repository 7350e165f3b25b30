package dev.secateur.coordinator.config;

import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.SweepConfig;

/** The key of hill climbing, and its conditions on other keys. */
public final class Climbing {
  public static final Key<Integer> MOVES =
      Key.whole(
              "climbing",
              0,
              100_000,
              0,
              "for scope `measured`: number of moves of units between structures to try; each"
                  + " is measured on the whole pruned model and kept if it lowers the divergence;"
                  + " needs 4096 calibration tokens")
          .list();

  private Climbing() {}

  /** Notes where moves would be measured on few tokens, to which they would fit the allocation. */
  static void check(Section root, SweepConfig sweep) {
    boolean climbs =
        sweep.climbings().stream().anyMatch(moves -> moves > 0)
            && sweep.scopes().contains(Scope.MEASURED);
    sweep.calibrations().stream()
        .map(SweepConfig.Calibration::samples)
        .filter(samples -> climbs && samples.tooFewToClimb())
        .findFirst()
        .ifPresent(
            samples ->
                root.problem(
                    "climbing",
                    ("measures moves on the calibration samples, which are %d of %d tokens;"
                            + " with fewer than %d tokens the allocation overfits to them and models"
                            + " get worse: raise calibration.samples or calibration.length")
                        .formatted(samples.count(), samples.length(), Samples.LEAST_TO_CLIMB)));
  }
}
