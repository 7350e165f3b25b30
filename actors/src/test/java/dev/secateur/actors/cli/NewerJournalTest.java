package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secateur.actors.events.Stamp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator of this version, and a journal that a newer one has written. */
class NewerJournalTest {
  @TempDir private Path folder;

  @Test
  void aNodeSaysSoInALineAndEnds() throws Exception {
    Cli cli = new Cli(folder);
    Path work = folder.resolve("work");
    Cli.Running first = start(cli, work);
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> Files.readString(first.err()).contains("API: "));
    first.signal("TERM");
    first.await();
    insertAnEventOfTheFuture(work);
    Cli.Result result = start(cli, work).await();
    assertThat(result.err().lines())
        .filteredOn(line -> line.contains("the journal was written by a newer version of Secateur"))
        .singleElement()
        .asString()
        .contains("the event SweepTeleported, which this version does not know");
    assertThat(result.err()).doesNotContain("\tat ");
    assertThat(result.err().lines().map(Stamp::without))
        .filteredOn(line -> !line.matches("(WARN|ERROR) .*")) // what Akka says of it
        .noneMatch(line -> line.contains("Exception"));
    assertThat(result.code()).isEqualTo(Main.FAILURE);
  }

  private static Cli.Running start(Cli cli, Path work) throws Exception {
    return cli.start(
        "node", "--role", "coordinator", "--http-port", "0", "--work", work.toString());
  }

  private static void insertAnEventOfTheFuture(Path work) throws Exception {
    String url = "jdbc:h2:file:" + work.resolve("journal/secateur");
    try (Connection connection = DriverManager.getConnection(url, "secateur", "");
        PreparedStatement row =
            connection.prepareStatement(
                "INSERT INTO \"event_journal\" (\"persistence_id\", \"sequence_number\","
                    + " \"writer\", \"write_timestamp\", \"adapter_manifest\", \"event_ser_id\","
                    + " \"event_ser_manifest\", \"event_payload\") VALUES ('coordinator', 1,"
                    + " 'future', 0, '', 33, 'dev.secateur.protocol.SweepEvent$SweepTeleported',"
                    + " ?)")) {
      row.setBytes(1, new byte[0]);
      row.executeUpdate();
    }
  }
}
