package dev.secateur.coordinator;

import akka.actor.typed.ActorRef;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.coordinator.schedule.Extensions;
import dev.secateur.coordinator.schedule.FinishedSweep;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Delete;
import dev.secateur.protocol.CoordinatorProtocol.Direct;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import dev.secateur.protocol.CoordinatorProtocol.Drain;
import dev.secateur.protocol.CoordinatorProtocol.Extend;
import dev.secateur.protocol.CoordinatorProtocol.Reprioritize;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.CoordinatorProtocol.Undrain;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.WorkerId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Handles the changes that clients request. */
final class Clients {
  private final WorkerRegistry registry;
  private final CodeVersion version;

  /**
   * @param version of the coordinator
   */
  Clients(WorkerRegistry registry, CodeVersion version) {
    this.registry = registry;
    this.version = version;
  }

  void submit(DecisionBatch batch, Submit submit) {
    Optional<String> refusal = refusal(submit.plan());
    if (refusal.isPresent()) {
      Submitted answer = Submitted.refused(submit.sweep(), submit.runFolder(), refusal.get());
      batch.afterwards(() -> submit.replyTo().tell(answer));
      return;
    }
    Optional<Submitted> known =
        Decisions.same(batch.state(), submit)
            .map(same -> same.summary(batch.state()))
            .or(() -> Decisions.finished(batch.state(), submit).map(FinishedSweep::summary))
            .map(Submitted::known);
    batch.happen(
        known.isPresent()
            ? Decisions.others(batch.state(), submit)
            : Decisions.submit(batch.state(), submit));
    Submitted answer = known.orElseGet(() -> Submitted.created(submit.sweep(), submit.runFolder()));
    batch.afterwards(() -> submit.replyTo().tell(answer));
  }

  void extend(DecisionBatch batch, Extend extend) {
    SweepId id = extend.sweep();
    SweepState sweep = batch.state().sweeps().get(id);
    Optional<FinishedSweep> ended = Optional.ofNullable(batch.state().finished().get(id));
    Optional<String> refusal = refusal(extend.plan());
    if (refusal.isEmpty() && sweep == null && ended.isEmpty()) {
      refusal = Optional.of("there is no sweep " + id.value());
    }
    refusal = refusal.or(() -> Extensions.refusal(batch.state(), extend));
    Submitted answer =
        refusal
            .map(why -> Submitted.refused(id, "", why))
            .orElseGet(
                () ->
                    Submitted.known(
                        sweep == null ? ended.get().summary() : sweep.summary(batch.state())));
    if (refusal.isEmpty()) {
      batch.happen(
          Extensions.extend(batch.state(), extend, sweep == null ? ended : Optional.empty()));
    }
    batch.afterwards(() -> extend.replyTo().tell(answer));
  }

  /** Why a plan is not taken: a node of a newer version made it. */
  private Optional<String> refusal(SweepPlan plan) {
    CodeVersion planned = plan.codeVersion();
    return version.isBefore(planned)
        ? Optional.of(
            String.format(
                "the sweep was planned by a node with code version %s, but the active"
                    + " coordinator has %s: submit it again once all coordinators are upgraded",
                planned, version))
        : Optional.empty();
  }

  void direct(DecisionBatch batch, Direct direct) {
    onUnfinished(
        batch,
        direct.sweep(),
        direct.replyTo(),
        direct.direction().label(),
        sweep ->
            switch (direct.direction()) {
              case PAUSE -> Decisions.pause(batch.state(), sweep);
              case RESUME -> Decisions.resume(batch.state(), sweep);
              case STOP -> Decisions.stop(batch.state(), sweep);
              case CANCEL -> Decisions.cancel(batch.state(), sweep);
              case RETRY_FAILED -> Decisions.retryFailed(sweep);
            });
  }

  void reprioritize(DecisionBatch batch, Reprioritize asked) {
    onUnfinished(
        batch,
        asked.sweep(),
        asked.replyTo(),
        "priority " + asked.priority(),
        sweep -> Decisions.reprioritize(sweep, asked.priority()));
  }

  private static void onUnfinished(
      DecisionBatch batch,
      SweepId id,
      ActorRef<Directed> client,
      String done,
      Function<SweepState, List<SweepEvent>> decision) {
    SweepState sweep = batch.state().sweeps().get(id);
    boolean ended = batch.state().finished().containsKey(id);
    if (sweep != null) {
      batch.happen(decision.apply(sweep));
    }
    Directed answer =
        sweep != null
            ? new Directed(true, done)
            : new Directed(
                false,
                ended ? "sweep " + id.value() + " has ended" : "there is no sweep " + id.value());
    batch.afterwards(() -> client.tell(answer));
  }

  void delete(DecisionBatch batch, Delete delete) {
    String id = delete.sweep().value();
    boolean unfinished = batch.state().sweeps().containsKey(delete.sweep());
    List<SweepEvent> events = Decisions.delete(batch.state(), delete.sweep());
    batch.happen(events);
    Directed answer =
        !events.isEmpty()
            ? new Directed(true, "deleted")
            : new Directed(
                false,
                unfinished
                    ? "sweep " + id + " has not ended; cancel it first"
                    : "there is no sweep " + id);
    batch.afterwards(() -> delete.replyTo().tell(answer));
  }

  void drain(DecisionBatch batch, Drain drain) {
    onWorker(
        batch,
        drain.worker(),
        drain.replyTo(),
        "draining",
        one -> Decisions.drain(batch.state(), one));
  }

  void undrain(DecisionBatch batch, Undrain undrain) {
    onWorker(
        batch,
        undrain.worker(),
        undrain.replyTo(),
        "gets tasks again",
        one -> Decisions.undrain(batch.state(), one));
  }

  private void onWorker(
      DecisionBatch batch,
      String name,
      ActorRef<Directed> client,
      String done,
      Function<WorkerId, List<SweepEvent>> decision) {
    Optional<WorkerId> worker = registry.named(name);
    worker.ifPresent(one -> batch.happen(decision.apply(one)));
    Directed answer =
        worker.isPresent()
            ? new Directed(true, done)
            : new Directed(false, "there is no worker " + name);
    batch.afterwards(() -> client.tell(answer));
  }
}
