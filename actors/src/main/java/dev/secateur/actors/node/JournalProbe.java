package dev.secateur.actors.node;

import dev.secateur.checkpoint.DiskSpace;
import dev.secateur.protocol.FailureReason;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/** Checks whether the journal's database accepts writes. */
record JournalProbe(Database database, WorkFolder work) {
  /** What an event may need, with what the database writes beside it. */
  private static final long LEAST_FREE_BYTES = 16L << 20;

  /** No run folder is called that. */
  private static final String ROW = ".ready";

  /** Why it does not. */
  Optional<String> problem() {
    return noSpace().or(this::notWritten);
  }

  private Optional<String> noSpace() {
    if (database.isPostgreSql()) {
      return Optional.empty();
    }
    try {
      long free = DiskSpace.free(work.journal());
      return free < LEAST_FREE_BYTES
          ? Optional.of("only " + (free >> 20) + " MiB are free on the disk of " + work.journal())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.of(work.journal() + ": its disk can't be used");
    }
  }

  /** Others may try it at this moment: each writes a row of its own, and none stays. */
  private Optional<String> notWritten() {
    try (Connection connection =
        database.isPostgreSql() ? database.connect(Database.ANSWER_WITHIN) : database.connect()) {
      connection.setAutoCommit(false);
      try (PreparedStatement one =
              connection.prepareStatement(
                  "INSERT INTO run_file (run, name, content) VALUES (?, ?, ?)");
          PreparedStatement gone =
              connection.prepareStatement("DELETE FROM run_file WHERE run = ? AND name = ?")) {
        String name = UUID.randomUUID().toString();
        one.setString(1, ROW);
        one.setString(2, name);
        one.setBytes(3, new byte[0]);
        one.executeUpdate();
        gone.setString(1, ROW);
        gone.setString(2, name);
        gone.executeUpdate();
      }
      connection.commit();
      return Optional.empty();
    } catch (SQLException e) {
      return Optional.of(FailureReason.of(e));
    }
  }
}
