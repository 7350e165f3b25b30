package dev.secateur.coordinator;

import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.coordinator.schedule.Views;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.WorkProtocol;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Replies to messages that change nothing that the journal keeps: {@link PromptResponses#concerns}.
 */
final class Replies {
  private final WorkerRegistry registry;
  private final Heartbeats beats;
  private final ArtifactExchange exchange;
  private final InstantSource clock;
  private final Consumer<Object> publish;

  /**
   * @param publish tells the event stream
   */
  Replies(
      WorkerRegistry registry,
      Heartbeats beats,
      ArtifactExchange exchange,
      InstantSource clock,
      Consumer<Object> publish) {
    this.registry = registry;
    this.beats = beats;
    this.exchange = exchange;
    this.clock = clock;
    this.publish = publish;
  }

  void to(CoordinatorMessage message, CoordinatorState state) {
    if (message instanceof CoordinatorProtocol.ListSweeps list) {
      list.replyTo().tell(new CoordinatorProtocol.Sweeps(Views.sweeps(state, list.wanted())));
    } else if (message instanceof CoordinatorProtocol.ListWorkers list) {
      list.replyTo().tell(new CoordinatorProtocol.Workers(registry.summaries(state)));
    } else if (message instanceof WorkProtocol.Heartbeat beat) {
      heartbeat(state, beat);
    }
  }

  private void heartbeat(CoordinatorState state, WorkProtocol.Heartbeat beat) {
    Optional<Lease> lease =
        state.lease(beat.lease()).filter(held -> held.worker().equals(beat.worker()));
    if (lease.isEmpty()) {
      beat.replyTo().tell(new WorkProtocol.Revoke(beat.lease()));
      return;
    }
    registry.progress(beat, clock.instant());
    StageState stage = state.stage(lease.get().stage()).orElseThrow();
    if (beats.begins(beat.lease())) {
      exchange.store().ifPresent(store -> beat.replyTo().tell(new WorkProtocol.StoreAt(store)));
      publish.accept(
          new Notice(
              "worker",
              "stage-started",
              Map.of(
                  "worker", beat.worker().name(),
                  "stage", stage.stage().key().value(),
                  "kind", stage.stage().kind().label())));
    }
    publish.accept(
        new ProgressEvent(
            beat.worker(),
            stage.stage().key(),
            stage.stage().kind(),
            beat.progress(),
            state.owners().get(beat.lease())));
  }
}
