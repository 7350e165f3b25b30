package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.SweepPlan;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Indexes of plans that are being submitted, made once and on whatever thread prepares them: that
 * of a large plan takes seconds. What is not prepared is made when it is asked for, and is the
 * same.
 */
public final class PlanIndexes {
  private final Map<SweepPlan, PlanIndex> prepared =
      Collections.synchronizedMap(new IdentityHashMap<>());

  /** Makes a plan's index ahead. */
  public void prepare(SweepPlan plan) {
    prepared.put(plan, new PlanIndex(plan));
  }

  /** Keeps a plan's index no longer; whoever has it keeps it. */
  public void forget(SweepPlan plan) {
    prepared.remove(plan);
  }

  PlanIndex of(SweepPlan plan) {
    PlanIndex known = prepared.get(plan);
    return known == null ? new PlanIndex(plan) : known;
  }
}
