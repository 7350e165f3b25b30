package dev.secateur.actors.node;

import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.protocol.FailureReason;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/**
 * Run folders in the database that coordinators share, by their last name. The coordinator that
 * writes also keeps a copy on its disk for users; Secateur does not read it.
 */
final class RunTable implements RunFiles {
  private static final String DELETE = "DELETE FROM run_file WHERE run = ? AND name = ?";

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
    try {
      database.replace(
          DELETE,
          "INSERT INTO run_file (run, name, content) VALUES (?, ?, ?)",
          content,
          run(folder),
          name);
    } catch (SQLException e) {
      throw failed(folder, e);
    }
    try {
      copies.put(folder, name, content);
    } catch (IOException e) {
      LoggerFactory.getLogger(RunTable.class)
          .warn("{}: no copy of {} is stored here: {}", folder, name, FailureReason.of(e));
    }
  }

  @Override
  public Optional<byte[]> find(Path folder, String name) throws IOException {
    if (name.indexOf('\0') >= 0) {
      return Optional.empty(); // PostgreSQL takes no such text
    }
    try {
      return database
          .query(
              "SELECT content FROM run_file WHERE run = ? AND name = ?",
              found -> found.getBytes(1),
              run(folder),
              name)
          .stream()
          .findFirst();
    } catch (SQLException e) {
      throw failed(folder, e);
    }
  }

  @Override
  public List<String> names(Path folder) throws IOException {
    try {
      return database.query(
          "SELECT name FROM run_file WHERE run = ? ORDER BY name",
          found -> found.getString(1),
          run(folder));
    } catch (SQLException e) {
      throw failed(folder, e);
    }
  }

  @Override
  public Map<String, Long> sizes(Path folder) throws IOException {
    try {
      Map<String, Long> sizes = new TreeMap<>();
      database.query(
          "SELECT name, OCTET_LENGTH(content) FROM run_file WHERE run = ?",
          found -> sizes.put(found.getString(1), found.getLong(2)),
          run(folder));
      return sizes;
    } catch (SQLException e) {
      throw failed(folder, e);
    }
  }

  @Override
  public void remove(Path folder, String name) throws IOException {
    try {
      database.update(DELETE, run(folder), name);
    } catch (SQLException e) {
      throw failed(folder, e);
    }
    copies.remove(folder, name);
  }

  private static String run(Path folder) {
    return folder.getFileName().toString();
  }

  private static IOException failed(Path folder, SQLException e) {
    return new IOException("run " + run(folder) + ": the database fails: " + e.getMessage(), e);
  }
}
