package dev.secateur.actors.node;

import dev.secateur.coordinator.JournalUnreadable;
import dev.secateur.protocol.InputException;
import java.sql.SQLException;

/** Whether a journal is one that this version can go on with, asked before it is opened. */
final class JournalEvents {
  private JournalEvents() {}

  /**
   * @throws InputException when the journal has an event that only a newer version knows
   */
  static void check(Database database) throws SQLException {
    database
        .query(
            "SELECT DISTINCT \"event_ser_manifest\" FROM \"event_journal\"",
            row -> row.getString(1))
        .stream()
        .filter(manifest -> !JournalUnreadable.isKnown(manifest))
        .findFirst()
        .map(JournalUnreadable::ofEvent)
        .ifPresent(
            unreadable -> {
              throw new InputException(database + ": " + unreadable.reason());
            });
  }
}
