package dev.secateur.actors.node;

import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;

/** Small artifacts, packed, in the database that coordinators share. */
final class ArtifactTable {
  private final Database database;

  ArtifactTable(Database database) {
    this.database = database;
  }

  boolean has(StageKey key) throws IOException {
    return query("SELECT 1 FROM artifact WHERE stage_key = ?", key, found -> true).isPresent();
  }

  Optional<byte[]> find(StageKey key) throws IOException {
    return query(
        "SELECT content FROM artifact WHERE stage_key = ?", key, found -> found.getBytes(1));
  }

  /** Puts an artifact in; what is there by that key gives way. */
  void put(StageKey key, byte[] packed) throws IOException {
    try {
      database.replace(
          "DELETE FROM artifact WHERE stage_key = ?",
          "INSERT INTO artifact (stage_key, content) VALUES (?, ?)",
          packed,
          key.value());
    } catch (SQLException e) {
      throw failed(key, e);
    }
  }

  private <T> Optional<T> query(String sql, StageKey key, Database.Row<T> row) throws IOException {
    try {
      return database.query(sql, row, key.value()).stream().findFirst();
    } catch (SQLException e) {
      throw failed(key, e);
    }
  }

  private static IOException failed(StageKey key, SQLException e) {
    return new IOException(
        "artifact " + key.brief() + ": the database fails: " + e.getMessage(), e);
  }
}
