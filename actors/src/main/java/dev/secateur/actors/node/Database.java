package dev.secateur.actors.node;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** The journal's database. */
record Database(String url, String user, String password) {
  static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

  /** Of PostgreSQL's error states. */
  private static final String NO_CONNECTION = "08";

  private static final String STARTS_OR_ENDS = "57P0";

  static Database of(NodeSettings settings, WorkFolder work) {
    return new Database(
        settings.journalUrl(work), settings.journalUser(), settings.journalPassword());
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url, user, password);
  }

  /**
   * @param within how long PostgreSQL may take to accept the connection, and to answer
   */
  Connection connect(Duration within) throws SQLException {
    String seconds = Long.toString(within.toSeconds());
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    for (String wait : List.of("loginTimeout", "connectTimeout", "socketTimeout")) {
      properties.setProperty(wait, seconds);
    }
    return DriverManager.getConnection(url, properties);
  }

  /** Why there is no server at the moment; empty where there is one, or its absence is for good. */
  Optional<SQLException> absence() {
    if (!isPostgreSql()) {
      return Optional.empty();
    }
    try (Connection connection = connect(ANSWER_WITHIN)) {
      return Optional.empty();
    } catch (SQLException e) {
      String state = String.valueOf(e.getSQLState());
      boolean away = state.startsWith(NO_CONNECTION) || state.startsWith(STARTS_OR_ENDS);
      return away ? Optional.of(e) : Optional.empty();
    }
  }

  /** What to make of a row. */
  @FunctionalInterface
  interface Row<T> {
    T read(ResultSet found) throws SQLException;
  }

  /** Rows of a table of texts and bytes. */
  <T> List<T> query(String sql, Row<T> row, String... parameters) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement select = prepared(connection, sql, parameters);
        ResultSet found = select.executeQuery()) {
      List<T> rows = new ArrayList<>();
      while (found.next()) {
        rows.add(row.read(found));
      }
      return rows;
    }
  }

  void update(String sql, String... parameters) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement update = prepared(connection, sql, parameters)) {
      update.executeUpdate();
    }
  }

  /**
   * Deletes what is there by a key and inserts what comes in its place, or does neither.
   *
   * @param delete whose parameters are the key
   * @param insert whose parameters are the key and the content
   */
  void replace(String delete, String insert, byte[] content, String... key) throws SQLException {
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      try (PreparedStatement old = prepared(connection, delete, key);
          PreparedStatement one = prepared(connection, insert, key)) {
        old.executeUpdate();
        one.setBytes(key.length + 1, content);
        one.executeUpdate();
      }
      connection.commit();
    }
  }

  private static PreparedStatement prepared(Connection connection, String sql, String... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setString(i + 1, parameters[i]);
    }
    return statement;
  }

  boolean isPostgreSql() {
    return url.startsWith("jdbc:postgresql:");
  }

  /** The password reaches no log. */
  @Override
  public String toString() {
    return url;
  }
}
