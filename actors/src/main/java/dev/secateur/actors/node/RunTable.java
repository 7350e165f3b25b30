package dev.secateur.actors.node;

import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.coordinator.report.RunFolders;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * Run folders in the database that coordinators share, by their last name. A copy for whoever looks
 * goes to the disk of the coordinator that writes; nothing is read from there.
 */
final class RunTable implements RunFiles {
  private final Database database;
  private final RunFiles copies;

  RunTable(Database database, RunFiles copies) {
    this.database = database;
    this.copies = copies;
  }

  /** Where run folders are, by the database: that one where coordinators may share it. */
  static RunFiles of(Database database) {
    RunFiles folders = new RunFolders();
    return database.isPostgreSql() ? new RunTable(database, folders) : folders;
  }

  @Override
  public void put(Path folder, String name, byte[] content) throws IOException {
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      delete(connection, folder, name);
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO run_file (run, name, content) VALUES (?, ?, ?)")) {
        insert.setString(1, run(folder));
        insert.setString(2, name);
        insert.setBytes(3, content);
        insert.executeUpdate();
      }
      connection.commit();
    } catch (SQLException e) {
      throw failed(folder, e);
    }
    try {
      copies.put(folder, name, content);
    } catch (IOException e) {
      LoggerFactory.getLogger(RunTable.class)
          .warn("{}: no copy of {} is kept here: {}", folder, name, e.toString());
    }
  }

  @Override
  public Optional<byte[]> find(Path folder, String name) throws IOException {
    try (Connection connection = database.connect();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT content FROM run_file WHERE run = ? AND name = ?")) {
      select.setString(1, run(folder));
      select.setString(2, name);
      try (ResultSet found = select.executeQuery()) {
        return found.next() ? Optional.of(found.getBytes(1)) : Optional.empty();
      }
    } catch (SQLException e) {
      throw failed(folder, e);
    }
  }

  @Override
  public List<String> names(Path folder) throws IOException {
    try (Connection connection = database.connect();
        PreparedStatement select =
            connection.prepareStatement("SELECT name FROM run_file WHERE run = ? ORDER BY name")) {
      select.setString(1, run(folder));
      List<String> names = new ArrayList<>();
      try (ResultSet found = select.executeQuery()) {
        while (found.next()) {
          names.add(found.getString(1));
        }
      }
      return names;
    } catch (SQLException e) {
      throw failed(folder, e);
    }
  }

  @Override
  public void remove(Path folder, String name) throws IOException {
    try (Connection connection = database.connect()) {
      delete(connection, folder, name);
    } catch (SQLException e) {
      throw failed(folder, e);
    }
    copies.remove(folder, name);
  }

  private static void delete(Connection connection, Path folder, String name) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM run_file WHERE run = ? AND name = ?")) {
      delete.setString(1, run(folder));
      delete.setString(2, name);
      delete.executeUpdate();
    }
  }

  private static String run(Path folder) {
    return folder.getFileName().toString();
  }

  private static IOException failed(Path folder, SQLException e) {
    return new IOException("run " + run(folder) + ": the database fails: " + e.getMessage(), e);
  }
}
