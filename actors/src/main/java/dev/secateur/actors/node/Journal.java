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

/** The journal's database: makes its tables before the actor system opens it. */
final class Journal {
  private static final int H2_ALREADY_IN_USE = 90020;

  private Journal() {}

  /**
   * @throws InputException when another process has the journal open, or it can't be opened
   */
  static void prepare(NodeSettings settings, WorkFolder work) {
    String url = settings.journalUrl(work);
    try (Connection connection =
            DriverManager.getConnection(url, settings.journalUser(), settings.journalPassword());
        Statement statement = connection.createStatement()) {
      for (String command : schema().split(";")) {
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

  private static String schema() {
    try (InputStream sql = Journal.class.getResourceAsStream("journal-h2.sql")) {
      return new String(sql.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
