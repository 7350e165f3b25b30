package dev.secateur.actors.leadership;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A lease in a row of the PostgreSQL database that holds the journal. Time is the database's. Only
 * sessions named after the row's holder can insert events: the trigger {@code journal_fence}
 * refuses others, and locks the row, so that the lease cannot be taken before the insert is
 * committed.
 */
public final class DatabaseLease implements JournalLease {
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private static final String NAME = "SELECT set_config('application_name', ?, false)";
  private static final String PRESENT =
      """
      INSERT INTO coordinator_node (holder, address, joined, seen) VALUES (?, ?, ?, clock_timestamp())
      ON CONFLICT (holder) DO UPDATE SET joined = excluded.joined, seen = excluded.seen""";
  private static final String RENEW =
      """
      UPDATE coordinator_lease SET expires = clock_timestamp() + ? * INTERVAL '1 millisecond'
      WHERE holder = ? RETURNING fence""";
  private static final String HOLDER =
      """
      SELECT address, fence FROM coordinator_lease
      WHERE holder IS NOT NULL AND expires > clock_timestamp()""";
  private static final String PEERS =
      """
      SELECT address, joined FROM coordinator_node
      WHERE holder <> ? AND seen > clock_timestamp() - ? * INTERVAL '1 millisecond' ORDER BY address""";
  private static final String LAPSED =
      """
      SELECT holder FROM coordinator_lease WHERE holder IS NULL OR expires <= clock_timestamp()""";
  private static final String LOCK = LAPSED + " FOR UPDATE";
  private static final String TAKE =
      """
      UPDATE coordinator_lease SET holder = ?, address = ?, fence = fence + 1,
      expires = clock_timestamp() + ? * INTERVAL '1 millisecond'""";
  private static final String END_SESSIONS =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?";
  private static final String RELEASE =
      "UPDATE coordinator_lease SET holder = NULL, address = NULL WHERE holder = ?";
  private static final String ABSENT = "DELETE FROM coordinator_node WHERE holder = ?";
  private static final String FORGET =
      "DELETE FROM coordinator_node WHERE seen < clock_timestamp() - INTERVAL '1 day'";

  private final Connections connections;
  private final String holder;
  private final String address;
  private final Duration duration;
  private Connection open; // null before the first question, and after a failure

  /** Opens connections whose waits are short. */
  @FunctionalInterface
  public interface Connections {
    Connection open() throws SQLException;
  }

  /**
   * @param holder of this life of the node; its database sessions that write the journal are called
   *     so ({@code application_name})
   * @param address HOST:PORT by which the cluster knows the node
   * @param duration how long the lease lasts
   */
  public DatabaseLease(Connections connections, String holder, String address, Duration duration) {
    this.connections = connections;
    this.holder = holder;
    this.address = address;
    this.duration = duration;
  }

  @Override
  public Duration duration() {
    return duration;
  }

  @Override
  public synchronized Standing look(boolean joined) throws LeaseException {
    return asking(
        connection -> {
          update(connection, PRESENT, holder, address, joined);
          return standing(connection);
        });
  }

  @Override
  public synchronized Standing take(boolean joined) throws LeaseException {
    return asking(
        connection -> {
          List<String> last = query(connection, LAPSED, row -> row.getString(1));
          if (!last.isEmpty()) {
            take(connection, Optional.ofNullable(last.get(0)));
            update(connection, FORGET);
          }
          return standing(connection);
        });
  }

  private void take(Connection connection, Optional<String> last) throws SQLException {
    connection.setAutoCommit(false);
    try {
      update(connection, "SET LOCAL lock_timeout = '2s'");
      if (!query(connection, LOCK, row -> row.getString(1)).isEmpty()) {
        update(connection, TAKE, holder, address, duration.toMillis());
      }
      connection.commit();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      connection.rollback();
      connection.setAutoCommit(true);
      if (!LOCK_NOT_AVAILABLE.equals(e.getSQLState()) || last.isEmpty()) {
        throw e;
      }
      // a holder that stands still amid a write would keep the row for ever
      query(connection, END_SESSIONS, row -> row.getBoolean(1), last.get());
    }
  }

  private Standing standing(Connection connection) throws SQLException {
    return new Standing(
        journal(connection),
        query(
            connection,
            PEERS,
            row -> new Standing.Peer(row.getString(1), row.getBoolean(2)),
            holder,
            duration.toMillis()));
  }

  private Standing.Journal journal(Connection connection) throws SQLException {
    List<Standing.Journal> found =
        query(
            connection,
            RENEW,
            row -> new Standing.Own(row.getLong(1)),
            duration.toMillis(),
            holder);
    if (found.isEmpty()) {
      found =
          query(connection, HOLDER, row -> new Standing.Holder(row.getString(1), row.getLong(2)));
    }
    return found.isEmpty() ? new Standing.Free() : found.get(0);
  }

  @Override
  public synchronized void release() throws LeaseException {
    asking(
        connection -> {
          update(connection, RELEASE, holder);
          update(connection, ABSENT, holder);
          return Optional.empty();
        });
    forgetConnection();
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask(Connection connection) throws SQLException;
  }

  /** With the connection that is kept; a new one after any failure. */
  private <T> T asking(Question<T> question) throws LeaseException {
    try {
      if (open == null) {
        open = connections.open();
        query(open, NAME, row -> row.getString(1), holder);
      }
      return question.ask(open);
    } catch (SQLException e) {
      forgetConnection();
      throw new LeaseException(String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
  }

  private void forgetConnection() {
    try {
      if (open != null) {
        open.close();
      }
    } catch (SQLException e) {
      // the lease is released either way
    }
    open = null;
  }

  @FunctionalInterface
  private interface Row<T> {
    T read(ResultSet found) throws SQLException;
  }

  private static <T> List<T> query(
      Connection connection, String sql, Row<T> row, Object... parameters) throws SQLException {
    try (PreparedStatement statement = prepared(connection, sql, parameters);
        ResultSet found = statement.executeQuery()) {
      List<T> rows = new ArrayList<>();
      while (found.next()) {
        rows.add(row.read(found));
      }
      return rows;
    }
  }

  private static void update(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = prepared(connection, sql, parameters)) {
      statement.executeUpdate();
    }
  }

  private static PreparedStatement prepared(Connection connection, String sql, Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
  }
}
