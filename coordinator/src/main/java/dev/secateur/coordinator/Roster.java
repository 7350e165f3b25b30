package dev.secateur.coordinator;

import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.WorkerId;
import dev.secateur.protocol.WorkerSummary;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The workers heard of lately; not journalled, since they tell of themselves again and again. */
final class Roster {
  private record Entry(WorkerId id, String device, Progress progress, Instant heard) {}

  private static final Progress NONE = new Progress(0, 0, "");

  private final Map<String, Entry> byName = new TreeMap<>();

  void heard(WorkerId worker, String device, Instant now) {
    byName.put(worker.name(), new Entry(worker, device, NONE, now));
  }

  void progress(WorkerId worker, Progress progress, Instant now) {
    Entry known = byName.get(worker.name());
    String device = known == null ? "" : known.device();
    byName.put(worker.name(), new Entry(worker, device, progress, now));
  }

  void left(WorkerId worker) {
    byName.remove(worker.name());
  }

  /** Forgets those that were not heard of since. */
  void forget(Instant oldest) {
    byName.values().removeIf(entry -> entry.heard().isBefore(oldest));
  }

  Collection<String> names() {
    return byName.keySet();
  }

  Optional<WorkerId> named(String name) {
    return Optional.ofNullable(byName.get(name)).map(Entry::id);
  }

  List<WorkerSummary> summaries(CoordinatorState state) {
    return byName.values().stream().map(entry -> summary(entry, state)).toList();
  }

  private static WorkerSummary summary(Entry entry, CoordinatorState state) {
    return new WorkerSummary(
        entry.id().name(),
        entry.device(),
        state.draining().contains(entry.id()),
        Decisions.held(state, entry.id())
            .flatMap(lease -> Decisions.task(state, lease))
            .map(
                task ->
                    new WorkerSummary.Work(
                        task.sweep(), task.stage().key(), task.stage().kind(), entry.progress())));
  }
}
