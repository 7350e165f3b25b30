package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JournalDatabaseTest {
  private final List<String> said = new ArrayList<>();

  private static Database absent() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      return new Database(
          "jdbc:postgresql://127.0.0.1:" + taken.getLocalPort() + "/secateur", "ana", "secret");
    }
  }

  @Test
  void saysOnceWhichDatabaseItWaitsFor() throws IOException {
    Database database = absent();
    JournalDatabase.await(database, Duration.ofMillis(50), said::add);
    assertThat(said).hasSize(1);
    assertThat(said.get(0)).startsWith("waits: " + database + ": the journal can't be opened: ");
  }

  @Test
  void aDatabaseOfItsOwnIsNotWaitedFor() {
    JournalDatabase.await(
        new Database("jdbc:h2:mem:journal", "", ""), Duration.ofHours(1), said::add);
    assertThat(said).isEmpty();
  }
}
