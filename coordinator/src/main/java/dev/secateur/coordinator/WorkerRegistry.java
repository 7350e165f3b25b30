package dev.secateur.coordinator;

import akka.actor.typed.ActorRef;
import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.WorkProtocol.Heartbeat;
import dev.secateur.protocol.WorkProtocol.RequestWork;
import dev.secateur.protocol.WorkProtocol.ToWorker;
import dev.secateur.protocol.WorkerId;
import dev.secateur.protocol.WorkerSummary;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The workers that reported recently, and those of them that wait for work; not journalled, since
 * workers report again and again.
 */
final class WorkerRegistry {
  private static final Progress NONE = new Progress(0, 0, "");
  private static final Capabilities UNKNOWN =
      new Capabilities("", 0, Set.of(), Map.of(), Set.of(), CodeVersion.UNKNOWN);

  private final Consumer<Notice> notices;
  private final Conditions conditions;
  private final Map<String, Entry> byName = new TreeMap<>();
  private final Map<WorkerId, Waiting> waiting = new LinkedHashMap<>();

  /**
   * @param address of its node
   */
  private record Entry(
      WorkerId id,
      Capabilities capabilities,
      Progress progress,
      boolean busy,
      Instant heard,
      String address) {}

  private record Waiting(ActorRef<ToWorker> worker, Instant asked) {}

  /**
   * @param notices told of comings and goings
   * @param conditions their problems
   */
  WorkerRegistry(Consumer<Notice> notices, Conditions conditions) {
    this.notices = notices;
    this.conditions = conditions;
  }

  /**
   * A worker requests work; the request stands until it is answered or {@link #forget forgotten}.
   */
  void asks(RequestWork request, Instant now) {
    WorkerId worker = request.worker();
    Entry known = byName.get(worker.name());
    boolean registered = known != null && known.id().equals(worker);
    byName.put(
        worker.name(),
        new Entry(worker, request.capabilities(), NONE, false, now, address(request.replyTo())));
    if (!registered) {
      tell("worker-registered", worker, request.capabilities().device());
    }
    if (!registered || known.busy()) {
      tell("worker-idle", worker, request.capabilities().device());
    }
    waiting.put(worker, new Waiting(request.replyTo(), now));
  }

  void progress(Heartbeat beat, Instant now) {
    WorkerId worker = beat.worker();
    byName.put(
        worker.name(),
        new Entry(
            worker,
            capabilities(worker.name()),
            beat.progress(),
            true,
            now,
            address(beat.replyTo())));
  }

  private static String address(ActorRef<?> of) {
    return of.path().address().hostPort();
  }

  /** The workers of a node. */
  List<WorkerId> at(String address) {
    return byName.values().stream()
        .filter(entry -> entry.address().equals(address))
        .map(Entry::id)
        .toList();
  }

  /** Where a worker waits that now has a task; it waits no longer. */
  Optional<ActorRef<ToWorker>> engage(WorkerId worker) {
    Optional<ActorRef<ToWorker>> at =
        Optional.ofNullable(waiting.remove(worker)).map(Waiting::worker);
    Entry known = byName.get(worker.name());
    if (known != null && !known.busy()) {
      byName.put(
          worker.name(),
          new Entry(worker, known.capabilities(), NONE, true, known.heard(), known.address()));
      tell("worker-busy", worker, known.capabilities().device());
    }
    return at;
  }

  /** A worker said so. */
  void left(WorkerId worker) {
    gone(worker, "it signed off");
  }

  /**
   * @param reason shown to clients
   */
  void gone(WorkerId worker, String reason) {
    waiting.remove(worker);
    if (byName.remove(worker.name()) != null) {
      notices.accept(
          new Notice(
              "coordinator",
              "worker-left",
              Map.of("worker", worker.name(), "device", "", "reason", reason)));
    }
  }

  /** Forgets workers that sent nothing since {@code oldest}, and requests older than that. */
  void forget(Instant oldest, Instant oldestRequest) {
    waiting.values().removeIf(request -> request.asked().isBefore(oldestRequest));
    byName.values().stream()
        .filter(entry -> entry.heard().isBefore(oldest))
        .toList()
        .forEach(entry -> gone(entry.id(), "it has sent nothing since " + entry.heard()));
  }

  /**
   * Those that wait and are not put aside, the one that waits longest first.
   *
   * @param version that they are to be of: what the coordinator reads of plans of another version
   *     may not be all that they say
   */
  List<Assignments.Candidate> idle(CodeVersion version) {
    return waiting.keySet().stream()
        .map(worker -> new Assignments.Candidate(worker, capabilities(worker.name())))
        .filter(one -> one.capabilities().codeVersion().equals(version))
        .filter(one -> !conditions.isAside(one.id().name()))
        .toList();
  }

  /** All that were heard of lately. */
  List<Assignments.Candidate> all() {
    return byName.values().stream()
        .map(entry -> new Assignments.Candidate(entry.id(), entry.capabilities()))
        .toList();
  }

  /** Those that may be given something: all that are not put aside. */
  List<Assignments.Candidate> able() {
    return all().stream().filter(one -> !conditions.isAside(one.id().name())).toList();
  }

  Set<String> names() {
    return Set.copyOf(byName.keySet());
  }

  /** Whether all of those have said what they bring along, which heartbeats do not. */
  boolean knowsAll() {
    return byName.values().stream().noneMatch(entry -> entry.capabilities() == UNKNOWN);
  }

  private Capabilities capabilities(String worker) {
    Entry known = byName.get(worker);
    return known == null ? UNKNOWN : known.capabilities();
  }

  Optional<WorkerId> named(String name) {
    return Optional.ofNullable(byName.get(name)).map(Entry::id);
  }

  List<WorkerSummary> summaries(CoordinatorState state) {
    return byName.values().stream().map(entry -> summary(entry, state)).toList();
  }

  private WorkerSummary summary(Entry entry, CoordinatorState state) {
    return new WorkerSummary(
        entry.id().name(),
        entry.capabilities(),
        state.draining().contains(entry.id()),
        Decisions.held(state, entry.id())
            .flatMap(lease -> Decisions.task(state, lease))
            .<WorkerSummary.Activity>map(
                task ->
                    new WorkerSummary.Work(
                        task.sweep(), task.stage().key(), task.stage().kind(), entry.progress()))
            .orElseGet(WorkerSummary.Idle::new),
        conditions.of(entry.id().name()));
  }

  private void tell(String event, WorkerId worker, String device) {
    notices.accept(
        new Notice("coordinator", event, Map.of("worker", worker.name(), "device", device)));
  }
}
