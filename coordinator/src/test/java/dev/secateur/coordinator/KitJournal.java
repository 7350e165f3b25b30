package dev.secateur.coordinator;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.persistence.query.PersistenceQuery;
import akka.persistence.testkit.query.javadsl.PersistenceTestKitReadJournal;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.protocol.SweepEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** The coordinator's journal, as Akka's test kit keeps it in memory. */
public final class KitJournal implements EventJournal {
  private final ActorSystem<?> system;
  private final PersistenceTestKitReadJournal journal;

  public KitJournal(ActorSystem<?> system) {
    this.system = system;
    journal =
        PersistenceQuery.get(system)
            .getReadJournalFor(
                PersistenceTestKitReadJournal.class, PersistenceTestKitReadJournal.Identifier());
  }

  @Override
  public Source<JournalledEvent, NotUsed> events(long first, boolean live) {
    return between(first, Long.MAX_VALUE);
  }

  private Source<JournalledEvent, NotUsed> between(long first, long last) {
    return journal
        .currentEventsByPersistenceId("coordinator", first, last)
        .map(
            event ->
                new JournalledEvent(
                    event.sequenceNr(),
                    Instant.ofEpochMilli(event.timestamp()),
                    (SweepEvent) event.event()));
  }

  @Override
  public void read(long first, long last, Consumer<JournalledEvent> reader) {
    between(first, last).runWith(Sink.seq(), system).toCompletableFuture().join().forEach(reader);
  }

  @Override
  public long last() {
    long[] last = {0};
    read(1, Long.MAX_VALUE, event -> last[0] = event.sequence());
    return last[0];
  }

  @Override
  public List<Long> plans(long last) {
    List<Long> plans = new ArrayList<>();
    read(
        1,
        last,
        event -> {
          if (event.event() instanceof SweepEvent.SweepSubmitted
              || event.event() instanceof SweepEvent.SweepReplanned
              || event.event() instanceof SweepEvent.SweepExtended) {
            plans.add(event.sequence());
          }
        });
    Collections.reverse(plans);
    return plans;
  }
}
