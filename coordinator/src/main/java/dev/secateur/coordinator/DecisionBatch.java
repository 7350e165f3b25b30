package dev.secateur.coordinator;

import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.protocol.SweepEvent;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages that are decided one after the other, each on the state that the previous ones leave, so
 * that one write to the journal stores the results of all of them.
 */
final class DecisionBatch {
  private final List<SweepEvent> events = new ArrayList<>();
  private final List<Runnable> afterwards = new ArrayList<>();
  private CoordinatorState state;

  DecisionBatch(CoordinatorState state) {
    this.state = state;
  }

  /** The state as it will be once the journal has what has happened so far. */
  CoordinatorState state() {
    return state;
  }

  void happen(List<? extends SweepEvent> more) {
    for (SweepEvent event : more) {
      state = state.apply(event);
      events.add(event);
    }
  }

  /** Effects that run once the journal has everything; nothing is published before. */
  void afterwards(Runnable action) {
    afterwards.add(action);
  }

  List<SweepEvent> events() {
    return List.copyOf(events);
  }

  void finish() {
    afterwards.forEach(Runnable::run);
  }
}
