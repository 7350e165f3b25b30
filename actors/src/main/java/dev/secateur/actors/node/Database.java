package dev.secateur.actors.node;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** The journal's database. */
record Database(String url, String user, String password) {
  static Database of(NodeSettings settings, WorkFolder work) {
    return new Database(
        settings.journalUrl(work), settings.journalUser(), settings.journalPassword());
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url, user, password);
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
