package dev.secateur.actors.node;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.persistence.jdbc.query.javadsl.JdbcReadJournal;
import akka.persistence.query.EventEnvelope;
import akka.persistence.query.PersistenceQuery;
import akka.stream.javadsl.Source;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The coordinator's journal, as its database has it. */
final class StoredJournal implements EventJournal {
  private static final String COORDINATOR_ID = "coordinator";

  private final ActorSystem<?> system;
  private final Database database;
  private final JdbcReadJournal journal;

  StoredJournal(ActorSystem<?> system, Database database) {
    this.system = system;
    this.database = database;
    this.journal =
        PersistenceQuery.get(system)
            .getReadJournalFor(JdbcReadJournal.class, JdbcReadJournal.Identifier());
  }

  @Override
  public Source<JournalledEvent, NotUsed> events(long first, boolean live) {
    return (live
            ? journal.eventsByPersistenceId(COORDINATOR_ID, first, Long.MAX_VALUE)
            : journal.currentEventsByPersistenceId(COORDINATOR_ID, first, Long.MAX_VALUE))
        .map(StoredJournal::event);
  }

  @Override
  public void read(long first, long last, Consumer<JournalledEvent> reader) {
    journal
        .currentEventsByPersistenceId(COORDINATOR_ID, first, last)
        .runForeach(envelope -> reader.accept(event(envelope)), system)
        .toCompletableFuture()
        .join();
  }

  /** By the classes that stand beside events in the journal, so that no event is read for it. */
  @Override
  public List<Long> plans(long last) {
    try {
      return database.query(
          "SELECT \"sequence_number\" FROM \"event_journal\" WHERE \"persistence_id\" = ?"
              + " AND \"sequence_number\" <= CAST(? AS BIGINT)"
              + " AND \"event_ser_manifest\" IN (?, ?, ?) ORDER BY \"sequence_number\" DESC",
          row -> row.getLong(1),
          COORDINATOR_ID,
          Long.toString(last),
          SweepEvent.SweepSubmitted.class.getName(),
          SweepEvent.SweepReplanned.class.getName(),
          SweepEvent.SweepExtended.class.getName());
    } catch (SQLException e) {
      throw new IllegalStateException(database + ": the journal can't be read", e);
    }
  }

  @Override
  public long last() {
    try {
      return database
          .query(
              "SELECT MAX(\"sequence_number\") FROM \"event_journal\" WHERE \"persistence_id\" = ?",
              row -> row.getLong(1),
              COORDINATOR_ID)
          .get(0);
    } catch (SQLException e) {
      throw new IllegalStateException(database + ": the journal can't be read", e);
    }
  }

  /** The sweeps whose last end was written by then. */
  List<SweepId> endedBefore(Instant then) {
    try {
      List<Long> ends =
          database.query(
              "SELECT \"sequence_number\" FROM \"event_journal\" WHERE \"persistence_id\" = ?"
                  + " AND \"event_ser_manifest\" IN (?, ?, ?) ORDER BY \"sequence_number\"",
              row -> row.getLong(1),
              COORDINATOR_ID,
              SweepEvent.SweepCompleted.class.getName(),
              SweepEvent.SweepStopped.class.getName(),
              SweepEvent.SweepCancelled.class.getName());
      Map<SweepId, Instant> ended = new LinkedHashMap<>();
      ends.forEach(
          number ->
              read(
                  number,
                  number,
                  journalled -> {
                    if (journalled.event() instanceof SweepEvent.OfSweep end) {
                      ended.put(end.sweep(), journalled.time());
                    }
                  }));
      return ended.entrySet().stream()
          .filter(end -> end.getValue().isBefore(then))
          .map(Map.Entry::getKey)
          .toList();
    } catch (SQLException e) {
      throw new IllegalStateException(database + ": the journal can't be read", e);
    }
  }

  private static JournalledEvent event(EventEnvelope envelope) {
    return new JournalledEvent(
        envelope.sequenceNr(),
        Instant.ofEpochMilli(envelope.timestamp()),
        (SweepEvent) envelope.event());
  }
}
