package dev.secateur.actors.node;

import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The same with a database that coordinators share. */
class CleaningRunPostgresTest extends CleaningRunTest {
  @TempDir static Path prepared;
  private static Database shared;

  @BeforeAll
  static void start() {
    shared = PostgresServer.database("cleaning_run", prepared);
  }

  @Override
  Database database(Path folder) {
    try {
      shared.update("DELETE FROM artifact");
      shared.update("DELETE FROM run_file");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return shared;
  }
}
