package dev.secateur.actors.node;

import akka.actor.typed.ActorSystem;
import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import dev.secateur.actors.leadership.DatabaseLease;
import dev.secateur.actors.leadership.JournalLease;
import dev.secateur.actors.leadership.SoleLease;
import dev.secateur.protocol.InputException;
import dev.secateur.retry.Retries;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** The journal's database: brings its tables up to date before the actor system opens it. */
final class JournalDatabase {
  private static final int H2_ALREADY_IN_USE = 90020;

  /** Ends connections to a machine that is gone without a word. */
  private static final Duration WRITE_WITHIN = Duration.ofSeconds(60);

  private static final Duration BETWEEN = Duration.ofSeconds(1);

  private JournalDatabase() {}

  /**
   * What Akka's journal has to know of the database.
   *
   * @param holder what its sessions are called: only the holder's may write
   */
  static Map<String, Object> settings(Database database, String holder) {
    String slick = "akka-persistence-jdbc.shared-databases.slick.";
    Map<String, Object> settings = new HashMap<>();
    settings.put(slick + "db.url", database.url());
    settings.put(slick + "db.user", database.user());
    settings.put(slick + "db.password", database.password());
    if (database.isPostgreSql()) {
      settings.put(slick + "profile", "slick.jdbc.PostgresProfile$");
      settings.put(slick + "db.driver", "org.postgresql.Driver");
      settings.put(slick + "db.connectionInitSql", "SET application_name = '" + holder + "'");
      settings.put(slick + "db.properties.tcpKeepAlive", "true");
      settings.put(slick + "db.properties.socketTimeout", Long.toString(WRITE_WITHIN.toSeconds()));
    }
    return settings;
  }

  /**
   * The right to write it: a row of a database that coordinators may share, else the file's lock.
   *
   * @param holder what the sessions of this life of the node are called
   */
  static JournalLease lease(
      Database database, String holder, ActorSystem<?> system, Duration duration) {
    if (!database.isPostgreSql()) {
      return new SoleLease();
    }
    String address = system.address().host().get() + ":" + system.address().port().get();
    return new DatabaseLease(
        () -> database.connect(Database.ANSWER_WITHIN), holder, address, duration);
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
              + ": a coordinator that joins other nodes needs a shared journal in PostgreSQL;"
              + " set secateur.journal.url to jdbc:postgresql://HOST/DATABASE");
    }
  }

  /**
   * Waits for a database that does not answer yet.
   *
   * @param patience how long
   * @param talk receives the notice, once
   */
  static void await(Database database, Duration patience, Consumer<String> talk) {
    RetryPolicy<Optional<SQLException>> policy =
        Retries.<Optional<SQLException>>within(patience, BETWEEN)
            .handleIf((absence, failure) -> failure == null && absence.isPresent())
            .onFailedAttempt(
                attempt -> {
                  if (attempt.isFirstAttempt()) {
                    SQLException absence = attempt.getLastResult().orElseThrow();
                    talk.accept("waits: " + cannotOpen(database, absence).getMessage());
                  }
                })
            .build();
    Failsafe.with(policy).get(() -> database.absence());
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
                + ": another secateur process uses this folder; wait for it, or choose"
                + " another folder with --work",
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
    Flyway.configure(JournalDatabase.class.getClassLoader())
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
