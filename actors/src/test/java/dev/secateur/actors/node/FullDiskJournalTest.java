package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.secateur.actors.cli.SmallDisk;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal's pool of connections, as it is configured, on a disk that fills and is freed. */
class FullDiskJournalTest {
  @TempDir private Path folder;

  @Test
  void isWrittenToAgainOnceThereIsRoom() throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"));
        HikariDataSource pool =
            new HikariDataSource(configured(disk.folder().resolve("journal")))) {
      try (Connection first = pool.getConnection()) {
        first.createStatement().execute("CREATE TABLE event (payload BLOB)");
      }
      // While a write finds the disk full, a session that opens would block on it in H2, and it on
      // that.
      await()
          .until(
              () -> pool.getHikariPoolMXBean().getIdleConnections() == pool.getMaximumPoolSize());
      disk.fill();
      assertThatThrownBy(() -> writeUntilItIsFull(pool)).isInstanceOf(SQLException.class);
      disk.free();
      // A connection that was in use half a second ago is not tested.
      await()
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(() -> assertThatCode(() -> write(pool)).doesNotThrowAnyException());
    }
  }

  private static HikariConfig configured(Path file) {
    Config database =
        ConfigFactory.load("application")
            .getConfig("akka-persistence-jdbc.shared-databases.slick.db");
    HikariConfig pool = new HikariConfig();
    pool.setJdbcUrl("jdbc:h2:file:" + file + ";DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0");
    pool.setConnectionTestQuery(database.getString("connectionTestQuery"));
    pool.setConnectionTimeout(database.getLong("connectionTimeout"));
    pool.setMaximumPoolSize(database.getInt("maxConnections"));
    return pool;
  }

  private static void writeUntilItIsFull(HikariDataSource pool) throws SQLException {
    for (int i = 0; i < 1_000; i++) {
      write(pool);
    }
  }

  private static void write(HikariDataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement event = connection.prepareStatement("INSERT INTO event VALUES (?)")) {
      event.setBytes(1, new byte[200_000]);
      event.executeUpdate();
    }
  }
}
