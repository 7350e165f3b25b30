package dev.secateur.actors.node;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** The journal's database: makes its tables before the actor system opens it. */
final class Journal {
  private static final int H2_ALREADY_IN_USE = 90020;

  /** A number of our own among the database's locks; given back when the connection ends. */
  private static final int LOCK = 0x5eca7e;

  private Journal() {}

  /** What Akka's journal has to know of the database. */
  static Map<String, Object> settings(String url) {
    String database = "akka-persistence-jdbc.shared-databases.slick.";
    return isPostgreSql(url)
        ? Map.of(
            database + "profile", "slick.jdbc.PostgresProfile$",
            database + "db.driver", "org.postgresql.Driver")
        : Map.of();
  }

  private static boolean isPostgreSql(String url) {
    return url.startsWith("jdbc:postgresql:");
  }

  /**
   * More than one coordinator needs a database that outlives each of them.
   *
   * @throws InputException when a coordinator that joins others has a journal of its own
   */
  static void checkShared(String url, boolean joinsOthers) {
    if (joinsOthers && !isPostgreSql(url)) {
      throw new InputException(
          url
              + ": a coordinator that joins other nodes shares its journal with them, which only"
              + " PostgreSQL can be; set secateur.journal.url to jdbc:postgresql://HOST/DATABASE");
    }
  }

  /**
   * @throws InputException when another process has the journal open, or it can't be opened
   */
  static void prepare(NodeSettings settings, WorkFolder work) {
    String url = settings.journalUrl(work);
    try (Connection connection =
            DriverManager.getConnection(url, settings.journalUser(), settings.journalPassword());
        Statement statement = connection.createStatement()) {
      if (isPostgreSql(url)) {
        statement.execute(
            "SELECT pg_advisory_lock(" + LOCK + ")"); // nodes that start at once take turns
      }
      for (String command : schema(url).split(";")) {
        if (!command.isBlank()) {
          statement.execute(command);
        }
      }
    } catch (SQLException e) {
      if (e.getErrorCode() == H2_ALREADY_IN_USE) {
        throw new InputException(
            work.root()
                + ": another secateur is at work in this folder; wait for it, or choose another with"
                + " --work",
            e);
      }
      throw new InputException(
          url + ": the journal can't be opened: " + e.getMessage().lines().findFirst().orElse(""),
          e);
    }
  }

  private static String schema(String url) {
    String name = isPostgreSql(url) ? "journal-postgresql.sql" : "journal-h2.sql";
    try (InputStream sql = Journal.class.getResourceAsStream(name)) {
      return new String(sql.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
