package dev.secateur.coordinator;

import akka.actor.typed.ActorRef;
import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.NodeRemoved;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What workers ask and report, what they are given, and what becomes of those that are silent. */
final class Workforce {
  private static final Logger LOG = LoggerFactory.getLogger(Workforce.class);

  /** A worker that waits repeats its request; an older one is of a worker that is gone. */
  private static final int REQUEST_STANDS_TICKS = 3;

  private final Coordinator.Timing timing;
  private final Optional<StoreAccess> store;
  private final InstantSource clock;
  private final CodeVersion version;
  private final Heartbeats beats;
  private final Conditions conditions;
  private final Roster roster;
  private final WaitingStages waiting;
  private final BooleanSupplier mayGive;

  /**
   * @param store where artifacts are kept for workers, where nodes share no folder
   * @param version that workers have to be of
   * @param mayGive whether stages are given out at the moment
   */
  Workforce(
      Coordinator.Timing timing,
      Optional<StoreAccess> store,
      InstantSource clock,
      CodeVersion version,
      Heartbeats beats,
      Conditions conditions,
      Roster roster,
      WaitingStages waiting,
      BooleanSupplier mayGive) {
    this.timing = timing;
    this.store = store;
    this.clock = clock;
    this.version = version;
    this.beats = beats;
    this.conditions = conditions;
    this.roster = roster;
    this.waiting = waiting;
    this.mayGive = mayGive;
  }

  void requestWork(Turn turn, WorkProtocol.RequestWork request) {
    WorkerId worker = request.worker();
    roster.asks(request, clock.instant());
    List<SweepEvent> ends = Decisions.endedWith(turn.state(), worker, request.lastWords());
    conditions.crashed(worker.name(), ends, clock.instant());
    turn.happen(ends);
    Decisions.held(turn.state(), worker).ifPresent(lease -> engage(turn, lease));
  }

  /** Stages for the workers that wait. */
  void assign(Turn turn) {
    List<Assignments.Candidate> idle = roster.idle(version);
    if (!idle.isEmpty() && mayGive.getAsBoolean()) {
      List<SweepEvent.StageLeased> leases = Assignments.of(turn.state(), idle, roster.able());
      turn.happen(leases);
      leases.forEach(leased -> engage(turn, leased.lease()));
    }
  }

  private void engage(Turn turn, Lease lease) {
    beats.heard(lease.id());
    Optional<ActorRef<WorkProtocol.ToWorker>> worker = roster.engage(lease.worker());
    Optional<Task> task =
        Decisions.task(turn.state(), lease).filter(one -> one.codeVersion().equals(version));
    if (worker.isPresent() && task.isPresent()) {
      turn.afterwards(() -> worker.get().tell(new WorkProtocol.Assign(task.get(), store)));
    }
  }

  void report(Turn turn, WorkProtocol.Report report) {
    List<SweepEvent> events =
        Decisions.report(turn.state(), report.worker(), report.lease(), report.outcome());
    if (events.isEmpty()) {
      LOG.info("outcome under lease {} refused: not held", report.lease());
    } else {
      conditions.ended(turn.state(), report, clock.instant());
    }
    turn.happen(events);
    turn.afterwards(() -> report.replyTo().tell(new WorkProtocol.Acknowledge(report.lease())));
  }

  void leave(Turn turn, WorkProtocol.Leave leave) {
    roster.left(leave.worker());
    turn.happen(Decisions.left(turn.state(), leave.worker()));
  }

  /** Its processes may have ended at what they were at: what one ended with may still be told. */
  void nodeRemoved(Turn turn, NodeRemoved node) {
    for (WorkerId worker : roster.at(node.address())) {
      roster.gone(worker, "the cluster has removed its node");
      Decisions.held(turn.state(), worker)
          .map(Lease::id)
          .ifPresent(
              lease ->
                  turn.happen(
                      Decisions.expire(
                          turn.state(), Set.of(lease), beats.silence(lease).toSeconds())));
    }
  }

  /** Looks at leases, and at what waits. */
  void expire(Turn turn) {
    Instant now = clock.instant();
    Instant oldest = now.minus(timing.lease());
    roster.forget(oldest, now.minus(timing.tick().multipliedBy(REQUEST_STANDS_TICKS)));
    Set<Long> expired = beats.silent(turn.state().leases().keySet(), oldest);
    turn.happen(Decisions.expire(turn.state(), expired, timing.lease().toSeconds()));
    conditions.passed(roster.names(), now);
    conditions.look(turn.state(), roster.idle(version), roster.all());
    turn.happen(Decisions.overdue(turn.state(), beats.begun(), now));
    if (roster.knowsAll()) {
      waiting.look(turn.state(), roster.all());
    }
  }
}
