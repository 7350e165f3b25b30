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

/** What clients want changed. */
final class Clients {
  private final Roster roster;
  private final CodeVersion version;

  /**
   * @param version of the coordinator
   */
  Clients(Roster roster, CodeVersion version) {
    this.roster = roster;
    this.version = version;
  }

  void submit(Turn turn, Submit submit) {
    Optional<String> refusal = refusal(submit.plan());
    if (refusal.isPresent()) {
      Submitted answer = Submitted.refused(submit.sweep(), submit.runFolder(), refusal.get());
      turn.afterwards(() -> submit.replyTo().tell(answer));
      return;
    }
    Optional<Submitted> known =
        Decisions.same(turn.state(), submit)
            .map(same -> same.summary(turn.state()))
            .or(() -> Decisions.finished(turn.state(), submit).map(FinishedSweep::summary))
            .map(Submitted::known);
    turn.happen(
        known.isPresent()
            ? Decisions.others(turn.state(), submit)
            : Decisions.submit(turn.state(), submit));
    Submitted answer = known.orElseGet(() -> Submitted.anew(submit.sweep(), submit.runFolder()));
    turn.afterwards(() -> submit.replyTo().tell(answer));
  }

  void extend(Turn turn, Extend extend) {
    SweepId id = extend.sweep();
    SweepState sweep = turn.state().sweeps().get(id);
    Optional<FinishedSweep> ended = Optional.ofNullable(turn.state().finished().get(id));
    Optional<String> refusal = refusal(extend.plan());
    if (refusal.isEmpty() && sweep == null && ended.isEmpty()) {
      refusal = Optional.of("there is no sweep " + id.value());
    }
    refusal = refusal.or(() -> Extensions.refusal(turn.state(), extend));
    Submitted answer =
        refusal
            .map(why -> Submitted.refused(id, "", why))
            .orElseGet(
                () ->
                    Submitted.known(
                        sweep == null ? ended.get().summary() : sweep.summary(turn.state())));
    if (refusal.isEmpty()) {
      turn.happen(
          Extensions.extend(turn.state(), extend, sweep == null ? ended : Optional.empty()));
    }
    turn.afterwards(() -> extend.replyTo().tell(answer));
  }

  /** Why a plan is not taken: a node of a newer version made it. */
  private Optional<String> refusal(SweepPlan plan) {
    CodeVersion planned = plan.codeVersion();
    return version.isBefore(planned)
        ? Optional.of(
            String.format(
                "the sweep was planned by a node of code version %s, and the active coordinator is"
                    + " of %s: submit it again once all coordinators are upgraded",
                planned, version))
        : Optional.empty();
  }

  void direct(Turn turn, Direct direct) {
    onUnfinished(
        turn,
        direct.sweep(),
        direct.replyTo(),
        direct.direction().label(),
        sweep ->
            switch (direct.direction()) {
              case PAUSE -> Decisions.pause(turn.state(), sweep);
              case RESUME -> Decisions.resume(turn.state(), sweep);
              case STOP -> Decisions.stop(turn.state(), sweep);
              case CANCEL -> Decisions.cancel(turn.state(), sweep);
              case RETRY_FAILED -> Decisions.retryFailed(sweep);
            });
  }

  void reprioritize(Turn turn, Reprioritize asked) {
    onUnfinished(
        turn,
        asked.sweep(),
        asked.replyTo(),
        "priority " + asked.priority(),
        sweep -> Decisions.reprioritize(sweep, asked.priority()));
  }

  private static void onUnfinished(
      Turn turn,
      SweepId id,
      ActorRef<Directed> client,
      String done,
      Function<SweepState, List<SweepEvent>> decision) {
    SweepState sweep = turn.state().sweeps().get(id);
    boolean ended = turn.state().finished().containsKey(id);
    if (sweep != null) {
      turn.happen(decision.apply(sweep));
    }
    Directed answer =
        sweep != null
            ? new Directed(true, done)
            : new Directed(
                false,
                ended ? "sweep " + id.value() + " has ended" : "there is no sweep " + id.value());
    turn.afterwards(() -> client.tell(answer));
  }

  void delete(Turn turn, Delete delete) {
    String id = delete.sweep().value();
    boolean unfinished = turn.state().sweeps().containsKey(delete.sweep());
    List<SweepEvent> events = Decisions.delete(turn.state(), delete.sweep());
    turn.happen(events);
    Directed answer =
        !events.isEmpty()
            ? new Directed(true, "deleted")
            : new Directed(
                false,
                unfinished
                    ? "sweep " + id + " has not ended; cancel it first"
                    : "there is no sweep " + id);
    turn.afterwards(() -> delete.replyTo().tell(answer));
  }

  void drain(Turn turn, Drain drain) {
    onWorker(
        turn,
        drain.worker(),
        drain.replyTo(),
        "draining",
        one -> Decisions.drain(turn.state(), one));
  }

  void undrain(Turn turn, Undrain undrain) {
    onWorker(
        turn,
        undrain.worker(),
        undrain.replyTo(),
        "gets tasks again",
        one -> Decisions.undrain(turn.state(), one));
  }

  private void onWorker(
      Turn turn,
      String name,
      ActorRef<Directed> client,
      String done,
      Function<WorkerId, List<SweepEvent>> decision) {
    Optional<WorkerId> worker = roster.named(name);
    worker.ifPresent(one -> turn.happen(decision.apply(one)));
    Directed answer =
        worker.isPresent()
            ? new Directed(true, done)
            : new Directed(false, "there is no worker " + name);
    turn.afterwards(() -> client.tell(answer));
  }
}
