package dev.secateur.actors.node;

import dev.secateur.protocol.InputException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** The journal's database: brings its tables up to date before the actor system opens it. */
final class Journal {
  private static final int H2_ALREADY_IN_USE = 90020;

  private Journal() {}

  /** What Akka's journal has to know of the database. */
  static Map<String, Object> settings(Database database) {
    String slick = "akka-persistence-jdbc.shared-databases.slick.";
    Map<String, Object> settings = new HashMap<>();
    settings.put(slick + "db.url", database.url());
    settings.put(slick + "db.user", database.user());
    settings.put(slick + "db.password", database.password());
    if (database.isPostgreSql()) {
      settings.put(slick + "profile", "slick.jdbc.PostgresProfile$");
      settings.put(slick + "db.driver", "org.postgresql.Driver");
    }
    return settings;
  }

  /**
   * More than one coordinator needs a database that outlives each of them.
   *
   * @throws InputException when a coordinator that joins others has a journal of its own
   */
  static void checkShared(Database database, boolean joinsOthers) {
    if (joinsOthers && !database.isPostgreSql()) {
      throw new InputException(
          database
              + ": a coordinator that joins other nodes shares its journal with them, which only"
              + " PostgreSQL can be; set secateur.journal.url to jdbc:postgresql://HOST/DATABASE");
    }
  }

  /**
   * @throws InputException when another process has the journal open, or it can't be opened
   */
  static void prepare(Database database, WorkFolder work) {
    try (Connection connection = database.connect()) {
      migrate(database);
    } catch (SQLException e) {
      if (e.getErrorCode() == H2_ALREADY_IN_USE) {
        throw new InputException(
            work.root()
                + ": another secateur is at work in this folder; wait for it, or choose another with"
                + " --work",
            e);
      }
      throw cannotOpen(database, e);
    } catch (FlywayException e) {
      throw cannotOpen(database, e);
    }
  }

  /**
   * Nodes that start at once take turns; a journal from before there were migrations has the first.
   */
  private static void migrate(Database database) {
    String dialect = database.isPostgreSql() ? "postgresql" : "h2";
    Flyway.configure(Journal.class.getClassLoader())
        .dataSource(database.url(), database.user(), database.password())
        .locations("classpath:dev/secateur/actors/node/migrations/" + dialect)
        .table("secateur_schema")
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load()
        .migrate();
  }

  private static InputException cannotOpen(Database database, Exception e) {
    return new InputException(
        database
            + ": the journal can't be opened: "
            + e.getMessage().lines().findFirst().orElse(""),
        e);
  }
}
