package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A plan's stages by key: where each stands, what reads it, and which trials need it. */
final class PlanIndex {
  private final SweepPlan plan;
  private final List<Integer> roots = new ArrayList<>();
  private final Map<StageKey, Integer> places = new HashMap<>();
  private final Map<StageKey, List<Integer>> readers = new HashMap<>();
  private final Map<StageKey, List<Integer>> trials = new HashMap<>();

  PlanIndex(SweepPlan plan) {
    this.plan = plan;
    for (int place = 0; place < plan.stages().size(); place++) {
      Stage stage = plan.stages().get(place);
      places.put(stage.key(), place);
      if (stage.inputs().isEmpty()) {
        roots.add(place);
      }
      for (StageKey input : stage.inputs()) {
        readers.computeIfAbsent(input, key -> new ArrayList<>()).add(place);
      }
    }
    for (Trial trial : plan.trials()) {
      for (StageKey key : trial.stages()) {
        trials.computeIfAbsent(key, unused -> new ArrayList<>()).add(trial.index());
      }
    }
  }

  SweepPlan plan() {
    return plan;
  }

  /** The places of the stages that read nothing. */
  List<Integer> roots() {
    return List.copyOf(roots);
  }

  boolean has(StageKey stage) {
    return places.containsKey(stage);
  }

  int place(StageKey stage) {
    return places.get(stage);
  }

  Stage stage(int place) {
    return plan.stages().get(place);
  }

  /** The places of the stages that read a stage's artifact. */
  List<Integer> readers(StageKey stage) {
    return readers.getOrDefault(stage, List.of());
  }

  /** The trials that need a stage. */
  List<Trial> trials(StageKey stage) {
    return trials.getOrDefault(stage, List.of()).stream().map(plan.trials()::get).toList();
  }
}
