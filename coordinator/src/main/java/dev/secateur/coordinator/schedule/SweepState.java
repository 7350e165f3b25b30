package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.Optional;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * Where a sweep stands.
 *
 * @param completed by index of trial, what failed, or nothing where it succeeded
 * @param notRecovered by index of trial, why its pruned model is not worth a recovery
 */
public record SweepState(
    SweepId id,
    SweepPlan plan,
    String runFolder,
    PMap<Integer, Optional<String>> completed,
    PMap<Integer, String> notRecovered) {
  /** A sweep that was just submitted. */
  public static SweepState begun(SweepId id, SweepPlan plan, String runFolder) {
    return new SweepState(id, plan, runFolder, HashTreePMap.empty(), HashTreePMap.empty());
  }

  SweepState with(int trial, Optional<String> failure) {
    return new SweepState(id, plan, runFolder, completed.plus(trial, failure), notRecovered);
  }

  SweepState without(int trial, String reason) {
    return new SweepState(id, plan, runFolder, completed, notRecovered.plus(trial, reason));
  }

  /** Whether a trial has to wait for a stage. */
  boolean needs(Trial trial, StageKey stage) {
    return !notRecovered.containsKey(trial.index()) || !trial.ofRecovery().contains(stage);
  }

  /** Whether the stage is one of the plan's. */
  public boolean needs(StageKey stage) {
    return plan.stages().stream().anyMatch(planned -> planned.key().equals(stage));
  }
}
