package dev.secateur.coordinator;

import akka.actor.typed.ActorRef;
import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.NodeRemoved;
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
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Handles requests and reports of workers, assigns tasks, and removes workers that fall silent. */
final class Workforce {
  private static final Logger LOG = LoggerFactory.getLogger(Workforce.class);

  /** A worker that waits repeats its request; an older one is of a worker that is gone. */
  private static final int REQUEST_STANDS_TICKS = 3;

  private final Coordinator.Timing timing;
  private final Function<Task, WorkProtocol.Assign> assignment;
  private final InstantSource clock;
  private final CodeVersion version;
  private final Heartbeats beats;
  private final Conditions conditions;
  private final WorkerRegistry registry;
  private final WaitingStages waiting;
  private final BooleanSupplier mayGive;

  /**
   * @param assignment the message that gives a task to a worker
   * @param version that workers have to be of
   * @param mayGive whether stages are given out at the moment
   */
  Workforce(
      Coordinator.Timing timing,
      Function<Task, WorkProtocol.Assign> assignment,
      InstantSource clock,
      CodeVersion version,
      Heartbeats beats,
      Conditions conditions,
      WorkerRegistry registry,
      WaitingStages waiting,
      BooleanSupplier mayGive) {
    this.timing = timing;
    this.assignment = assignment;
    this.clock = clock;
    this.version = version;
    this.beats = beats;
    this.conditions = conditions;
    this.registry = registry;
    this.waiting = waiting;
    this.mayGive = mayGive;
  }

  void requestWork(DecisionBatch batch, WorkProtocol.RequestWork request) {
    WorkerId worker = request.worker();
    registry.asks(request, clock.instant());
    List<SweepEvent> ends = Decisions.endedWith(batch.state(), worker, request.lastWords());
    conditions.crashed(worker.name(), ends, clock.instant());
    batch.happen(ends);
    Decisions.held(batch.state(), worker).ifPresent(lease -> engage(batch, lease));
  }

  /** Stages for the workers that wait. */
  void assign(DecisionBatch batch) {
    List<Assignments.Candidate> idle = registry.idle(version);
    if (!idle.isEmpty() && mayGive.getAsBoolean()) {
      List<SweepEvent.StageLeased> leases = Assignments.of(batch.state(), idle, registry.able());
      batch.happen(leases);
      leases.forEach(leased -> engage(batch, leased.lease()));
    }
  }

  private void engage(DecisionBatch batch, Lease lease) {
    beats.heard(lease.id());
    Optional<ActorRef<WorkProtocol.ToWorker>> worker = registry.engage(lease.worker());
    Optional<Task> task =
        Decisions.task(batch.state(), lease).filter(one -> one.codeVersion().equals(version));
    if (worker.isPresent() && task.isPresent()) {
      batch.afterwards(() -> worker.get().tell(assignment.apply(task.get())));
    }
  }

  void report(DecisionBatch batch, WorkProtocol.Report report) {
    List<SweepEvent> events =
        Decisions.report(batch.state(), report.worker(), report.lease(), report.outcome());
    if (events.isEmpty()) {
      LOG.info("outcome under lease {} refused: the lease is not held", report.lease());
    } else {
      conditions.ended(batch.state(), report, clock.instant());
    }
    batch.happen(events);
    batch.afterwards(() -> report.replyTo().tell(new WorkProtocol.Acknowledge(report.lease())));
  }

  void leave(DecisionBatch batch, WorkProtocol.Leave leave) {
    registry.left(leave.worker());
    batch.happen(Decisions.left(batch.state(), leave.worker()));
  }

  /** Its processes may have ended at what they were at: what one ended with may still be told. */
  void nodeRemoved(DecisionBatch batch, NodeRemoved node) {
    for (WorkerId worker : registry.at(node.address())) {
      registry.gone(worker, "the cluster has removed its node");
      Decisions.held(batch.state(), worker)
          .map(Lease::id)
          .ifPresent(
              lease ->
                  batch.happen(
                      Decisions.expire(
                          batch.state(), Set.of(lease), beats.silence(lease).toSeconds())));
    }
  }

  /** Looks at leases, and at what waits. */
  void expire(DecisionBatch batch) {
    Instant now = clock.instant();
    Instant oldest = now.minus(timing.lease());
    registry.forget(oldest, now.minus(timing.tick().multipliedBy(REQUEST_STANDS_TICKS)));
    Set<Long> expired = beats.silent(batch.state().leases().keySet(), oldest);
    batch.happen(Decisions.expire(batch.state(), expired, timing.lease().toSeconds()));
    conditions.passed(registry.names(), now);
    conditions.look(batch.state(), registry.idle(version), registry.all());
    batch.happen(Decisions.overdue(batch.state(), beats.begun(), now));
    if (registry.knowsAll()) {
      waiting.look(batch.state(), registry.all());
    }
  }
}
