package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secateur.actors.leadership.DatabaseLease;
import dev.secateur.actors.leadership.JournalLease;
import dev.secateur.actors.leadership.JournalLease.LeaseException;
import dev.secateur.actors.leadership.Standing;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two coordinators, a and b, and the journal of a real PostgreSQL. */
class DatabaseLeaseTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir private static Path folder;
  private static Database database;
  private int events;

  @BeforeAll
  static void start() {
    database = PostgresServer.database("database_lease", folder);
  }

  @BeforeEach
  void nobodyHasEverHeldIt() throws SQLException {
    database.update("DELETE FROM event_journal");
    database.update("DELETE FROM coordinator_node");
    database.update("UPDATE coordinator_lease SET holder = NULL, fence = 0");
  }

  private static JournalLease lease(String name, Duration duration) {
    return new DatabaseLease(
        () -> database.connect(Duration.ofSeconds(10)), name, name + ":1", duration);
  }

  private Connection session(String name) throws SQLException {
    Connection connection = database.connect();
    try (PreparedStatement set = connection.prepareStatement("SET application_name = " + name)) {
      set.execute();
    }
    return connection;
  }

  private void insert(Connection session) throws SQLException {
    try (PreparedStatement insert =
        session.prepareStatement(
            "INSERT INTO event_journal (persistence_id, sequence_number, writer, write_timestamp,"
                + " adapter_manifest, event_ser_id, event_ser_manifest, event_payload)"
                + " VALUES ('coordinator', ?, '', 0, '', 0, '', '')")) {
      insert.setInt(1, ++events);
      insert.executeUpdate();
    }
  }

  private void write(String name) throws SQLException {
    try (Connection session = session(name)) {
      insert(session);
    }
  }

  @Test
  void oneTakesItAndTheOtherSeesWho() throws Exception {
    JournalLease a = lease("a", LONG);
    JournalLease b = lease("b", LONG);
    assertThat(a.look(false).journal()).isNotInstanceOf(Standing.Own.class);
    assertThat(a.take(false).journal()).isEqualTo(new Standing.Own(1));
    assertThat(b.take(false))
        .isEqualTo(
            new Standing(
                new Standing.Holder("a:1", 1), java.util.List.of(new Standing.Peer("a:1", false))));
    a.look(true);
    assertThat(b.look(false).peers()).containsExactly(new Standing.Peer("a:1", true));
    assertThat(a.look(true).journal()).as("renewed").isEqualTo(new Standing.Own(1));
  }

  @Test
  void whatLapsesIsForOthersWithAHigherTerm() throws Exception {
    JournalLease a = lease("a", SHORT);
    JournalLease b = lease("b", LONG);
    a.take(false);
    await().until(() -> b.look(false).holder().isEmpty());
    assertThat(a.look(true).journal())
        .as("nobody took it meanwhile")
        .isEqualTo(new Standing.Own(1));
    await().until(() -> b.take(true).journal().equals(new Standing.Own(2)));
    assertThat(a.look(true).holder()).contains(new Standing.Holder("b:1", 2));
    assertThat(a.take(true).journal()).isNotInstanceOf(Standing.Own.class);
  }

  @Test
  void onlyTheHolderWrites() throws Exception {
    write("anybody"); // as coordinators of the version before
    JournalLease a = lease("a", SHORT);
    a.take(false);
    write("a");
    assertThatThrownBy(() -> write("anybody"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("this coordinator does not hold the journal (term 1 has begun)");
    JournalLease b = lease("b", LONG);
    await().until(() -> b.take(true).journal() instanceof Standing.Own);
    assertThatThrownBy(() -> write("a")).hasMessageContaining("term 2 has begun");
    write("b");
    b.release();
    assertThatThrownBy(() -> write("b")).hasMessageContaining("does not hold the journal");
    assertThat(a.look(true).peers()).as("b has taken leave").isEmpty();
  }

  @Test
  void aWriteUnderWayIsWaitedForAndLetsRenewalsThrough() throws Exception {
    JournalLease a = lease("a", SHORT);
    JournalLease b = lease("b", LONG);
    a.take(false);
    try (Connection session = session("a")) {
      session.setAutoCommit(false);
      insert(session);
      assertThat(a.look(true).journal()).isEqualTo(new Standing.Own(1));
      await().until(() -> b.look(true).holder().isEmpty());
      assertThat(b.take(true).journal()).isNotInstanceOf(Standing.Own.class);
      assertThatThrownBy(session::commit).as("its session was ended").isNotNull();
    }
    assertThat(b.take(true).journal()).isEqualTo(new Standing.Own(2));
    assertThat(database.query("SELECT 'x' FROM event_journal", row -> row.getString(1))).isEmpty();
  }

  @Test
  void aDatabaseThatIsAwayIsSaid() {
    JournalLease lease =
        new DatabaseLease(
            () -> new Database("jdbc:postgresql://127.0.0.1:1/x", "x", "x").connect(LONG),
            "a",
            "a:1",
            LONG);
    assertThatThrownBy(() -> lease.look(false))
        .isInstanceOf(LeaseException.class)
        .hasMessageContaining("refused");
  }

  @Test
  void aServerThatIsAwayIsToldFromWhatIsWrongForGood() {
    assertThat(database.absence()).isEmpty();
    assertThat(new Database("jdbc:postgresql://127.0.0.1:1/x", "x", "x").absence()).isPresent();
    assertThat(new Database(database.url() + "-not", "postgres", "postgres").absence()).isEmpty();
    assertThat(new Database("jdbc:h2:mem:x", "x", "x").absence()).isEmpty();
  }
}
