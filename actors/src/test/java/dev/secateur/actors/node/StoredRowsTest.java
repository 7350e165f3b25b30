package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cleaning asks of a real PostgreSQL. */
class StoredRowsTest {
  private static final StageKey STAYS = new StageKey("a".repeat(40));
  private static final StageKey GOES = new StageKey("b".repeat(40));

  @TempDir private static Path folder;
  private static Database database;

  @BeforeAll
  static void start() {
    database = PostgresServer.database("stored_rows", folder);
  }

  @Test
  void tellsAndRemovesArtifacts() throws IOException {
    ArtifactTable table = new ArtifactTable(database);
    table.put(STAYS, new byte[10]);
    table.put(GOES, new byte[20]);
    StoredRows rows = new StoredRows(database);
    assertThat(rows.artifacts())
        .extracting(StoredRows.Row::key, StoredRows.Row::bytes)
        .containsExactlyInAnyOrder(tuple(STAYS, 10L), tuple(GOES, 20L));
    assertThat(rows.artifacts())
        .allSatisfy(
            row ->
                assertThat(row.created())
                    .isBetween(Instant.now().minus(Duration.ofMinutes(5)), Instant.now()));
    rows.remove(GOES);
    assertThat(rows.artifacts()).extracting(StoredRows.Row::key).containsExactly(STAYS);
    assertThat(table.find(STAYS)).hasValueSatisfying(kept -> assertThat(kept).hasSize(10));
  }

  @Test
  void tellsTheSizesOfRunsAndRemovesThem() throws IOException {
    RunTable runs = new RunTable(database, new RunFolders());
    Path run = folder.resolve("runs/one");
    runs.put(run, "results.json", new byte[7]);
    runs.put(run, "sweep.conf", new byte[3]);
    assertThat(runs.sizes(run)).isEqualTo(Map.of("results.json", 7L, "sweep.conf", 3L));
    runs.remove(run, "results.json");
    assertThat(runs.sizes(run)).isEqualTo(Map.of("sweep.conf", 3L));
  }

  @Test
  void aJournalThatCanBeWrittenToHasNoProblem() throws Exception {
    JournalProbe probe = new JournalProbe(database, new WorkFolder(folder));
    assertThat(probe.problem()).isEmpty();
    try (Connection before = database.connect(); // which may write still
        Statement statement = before.createStatement()) {
      statement.execute("ALTER DATABASE stored_rows SET default_transaction_read_only = on");
      try {
        assertThat(probe.problem())
            .hasValueSatisfying(why -> assertThat(why).contains("read-only transaction"));
      } finally {
        statement.execute("ALTER DATABASE stored_rows RESET default_transaction_read_only");
      }
    }
    assertThat(probe.problem()).isEmpty();
  }
}
