package dev.secateur.actors.node;

import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
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
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM artifact WHERE stage_key = ?");
          PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO artifact (stage_key, content) VALUES (?, ?)")) {
        delete.setString(1, key.value());
        delete.executeUpdate();
        insert.setString(1, key.value());
        insert.setBytes(2, packed);
        insert.executeUpdate();
      }
      connection.commit();
    } catch (SQLException e) {
      throw failed(key, e);
    }
  }

  /** What to make of a row. */
  @FunctionalInterface
  private interface Row<T> {
    T read(ResultSet found) throws SQLException;
  }

  private <T> Optional<T> query(String sql, StageKey key, Row<T> row) throws IOException {
    try (Connection connection = database.connect();
        PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, key.value());
      try (ResultSet found = select.executeQuery()) {
        return found.next() ? Optional.of(row.read(found)) : Optional.empty();
      }
    } catch (SQLException e) {
      throw failed(key, e);
    }
  }

  private static IOException failed(StageKey key, SQLException e) {
    return new IOException(
        "artifact " + key.brief() + ": the database fails: " + e.getMessage(), e);
  }
}
