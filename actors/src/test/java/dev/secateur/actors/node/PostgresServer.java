package dev.secateur.actors.node;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * One PostgreSQL for all tests of this process, which ends with it. Tests have databases of their
 * own there.
 */
public final class PostgresServer {
  private static final String USER = "postgres";
  private static EmbeddedPostgres server;

  private PostgresServer() {}

  /**
   * The address of a new database, with the user in it.
   *
   * @param name lower case, and no other test's
   */
  public static String url(String name) {
    try (Connection connection = server().getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
      return server().getJdbcUrl(USER, name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A new database with the journal's tables. */
  static Database database(String name, Path folder) {
    Database database = new Database(url(name), USER, USER);
    JournalDatabase.prepare(database, new WorkFolder(folder));
    return database;
  }

  private static synchronized EmbeddedPostgres server() {
    if (server == null) {
      try {
        server = EmbeddedPostgres.start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return server;
  }
}
