package dev.secateur.coordinator.schedule;

import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEvent.SweepReplanned;
import dev.secateur.protocol.SweepPlan;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Indexes of plans that are being submitted or planned again. Each is made once, on the thread that
 * prepares it, since the index of a large plan takes seconds. An index that was not prepared is
 * made when it is needed, and is the same.
 */
public final class PlanIndexes {
  private final Map<Object, PlanIndex> prepared =
      Collections.synchronizedMap(new IdentityHashMap<>());

  /** Makes a plan's index ahead. */
  public void prepare(SweepPlan plan) {
    prepared.put(plan, new PlanIndex(plan));
  }

  /** Releases a plan's index; current users keep it. */
  public void forget(SweepPlan plan) {
    prepared.remove(plan);
  }

  /** Makes the index of what an event makes of a plan ahead. */
  void prepare(SweepPlan before, SweepReplanned event) {
    prepared.put(event, new PlanIndex(Replanning.plan(before, event)));
  }

  /** Keeps the index of what an event made of a plan, if it did, no longer. */
  public void forget(SweepEvent event) {
    prepared.remove(event);
  }

  PlanIndex of(SweepPlan before, SweepReplanned event) {
    PlanIndex known = prepared.get(event);
    return known == null ? new PlanIndex(Replanning.plan(before, event)) : known;
  }

  PlanIndex of(SweepPlan plan) {
    PlanIndex known = prepared.get(plan);
    return known == null ? new PlanIndex(plan) : known;
  }
}
