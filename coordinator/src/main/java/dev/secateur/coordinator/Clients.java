package dev.secateur.coordinator;

import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.coordinator.schedule.FinishedSweep;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Direct;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import dev.secateur.protocol.CoordinatorProtocol.Drain;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.WorkerId;
import java.util.Optional;

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
    CodeVersion planned = submit.plan().codeVersion();
    if (version.isBefore(planned)) {
      String refusal =
          String.format(
              "the sweep was planned by a node of code version %s, and the active coordinator is of"
                  + " %s: submit it again once all coordinators are upgraded",
              planned, version);
      Submitted answer =
          new Submitted(submit.sweep(), submit.runFolder(), false, Optional.of(refusal));
      turn.afterwards(() -> submit.replyTo().tell(answer));
      return;
    }
    Optional<Submitted> known =
        Decisions.same(turn.state(), submit)
            .map(same -> new Submitted(same.id(), same.runFolder(), true))
            .or(
                () ->
                    Decisions.finished(turn.state(), submit)
                        .map(FinishedSweep::summary)
                        .map(same -> new Submitted(same.sweep(), same.runFolder(), true)));
    turn.happen(
        known.isPresent()
            ? Decisions.others(turn.state(), submit)
            : Decisions.submit(turn.state(), submit));
    Submitted answer =
        known.orElseGet(() -> new Submitted(submit.sweep(), submit.runFolder(), false));
    turn.afterwards(() -> submit.replyTo().tell(answer));
  }

  void direct(Turn turn, Direct direct) {
    SweepState sweep = turn.state().sweeps().get(direct.sweep());
    if (sweep == null) {
      boolean ended = turn.state().finished().containsKey(direct.sweep());
      String id = direct.sweep().value();
      String problem = ended ? "sweep " + id + " has ended" : "there is no sweep " + id;
      turn.afterwards(() -> direct.replyTo().tell(new Directed(false, problem)));
      return;
    }
    turn.happen(
        switch (direct.direction()) {
          case PAUSE -> Decisions.pause(turn.state(), sweep);
          case RESUME -> Decisions.resume(turn.state(), sweep);
          case STOP -> Decisions.stop(turn.state(), sweep);
          case CANCEL -> Decisions.cancel(turn.state(), sweep);
          case RETRY_FAILED -> Decisions.retryFailed(sweep);
        });
    turn.afterwards(() -> direct.replyTo().tell(new Directed(true, direct.direction().label())));
  }

  void drain(Turn turn, Drain drain) {
    Optional<WorkerId> worker = roster.named(drain.worker());
    worker.ifPresent(one -> turn.happen(Decisions.drain(turn.state(), one)));
    Directed answer =
        worker.isPresent()
            ? new Directed(true, "draining")
            : new Directed(false, "there is no worker " + drain.worker());
    turn.afterwards(() -> drain.replyTo().tell(answer));
  }
}
