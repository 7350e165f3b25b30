package dev.secateur.actors.node;

import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** The sizes and ages of the artifacts in the database. */
final class StoredRows {
  private final Database database;

  StoredRows(Database database) {
    this.database = database;
  }

  /** An artifact in the database. */
  record Row(StageKey key, long bytes, Instant created) {}

  List<Row> artifacts() throws IOException {
    try {
      return database.query(
          "SELECT stage_key, OCTET_LENGTH(content), created FROM artifact",
          row ->
              new Row(
                  new StageKey(row.getString(1)), row.getLong(2), row.getTimestamp(3).toInstant()));
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  void remove(StageKey key) throws IOException {
    try {
      database.update("DELETE FROM artifact WHERE stage_key = ?", key.value());
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private static IOException failed(SQLException e) {
    return new IOException("artifacts in the database: " + FailureReason.of(e), e);
  }
}
