package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.Optional;
import org.pcollections.PMap;

/**
 * Where a sweep stands.
 *
 * @param completed by index of trial, what failed, or nothing where it succeeded
 */
public record SweepState(
    SweepId id, SweepPlan plan, String runFolder, PMap<Integer, Optional<String>> completed) {
  SweepState with(int trial, Optional<String> failure) {
    return new SweepState(id, plan, runFolder, completed.plus(trial, failure));
  }

  /** Whether the stage is one of the plan's. */
  public boolean needs(StageKey stage) {
    return plan.stages().stream().anyMatch(planned -> planned.key().equals(stage));
  }
}
