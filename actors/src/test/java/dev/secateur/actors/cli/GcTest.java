package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What goes from the disk and the database of a real coordinator, and what it says of its disk. */
class GcTest extends CoordinatorFixture implements CoordinatorFixture.OnPostgres {
  private static List<String> artifacts() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("work/artifacts"))) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    }
  }

  /** What there is in a table, as texts. */
  private static List<String> rows(String select) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(database.orElseThrow());
        ResultSet found = connection.createStatement().executeQuery(select)) {
      while (found.next()) {
        rows.add(found.getString(1));
      }
    }
    return rows;
  }

  private static List<String> storedArtifacts() throws SQLException {
    return rows("SELECT stage_key FROM artifact ORDER BY stage_key");
  }

  private static List<String> storedRuns() throws SQLException {
    return rows("SELECT DISTINCT run FROM run_file WHERE run NOT LIKE '.%' ORDER BY run");
  }

  private static String run(String name, String ratio) throws Exception {
    return done("submit", sweep(name, 1, ratio).toString(), "--wait")
        .err()
        .lines()
        .findFirst()
        .orElseThrow()
        .substring("sweep ".length());
  }

  private static JsonNode sort(JsonNode answer, String sort) {
    for (JsonNode one : answer.get("removed")) {
      if (one.get("sort").asText().equals(sort)) {
        return one;
      }
    }
    throw new AssertionError("no " + sort + " in " + answer);
  }

  /** As a coordinator does with what workers of other folders bring. */
  private static void store(List<String> keys) throws SQLException {
    try (Connection connection = DriverManager.getConnection(database.orElseThrow());
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO artifact (stage_key, content) VALUES (?, '\\x00')")) {
      for (String key : keys) {
        insert.setString(1, key);
        insert.executeUpdate();
      }
    }
  }

  private static Cli.Result collect(String... options) {
    try {
      return cli.run(Stream.concat(Stream.of("gc"), Stream.of(options)).toArray(String[]::new));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void deletesASweepWithWhatOnlyItNeedsAndCollectsTheRest() throws Exception {
    assertThat(folder.resolve("work/logs/node-coordinator.jsonl")).exists();
    String first = run("first", "0.25");
    List<String> ofFirst = artifacts();
    String second = run("second", "0.5");
    List<String> ofBoth = artifacts();
    assertThat(ofBoth).hasSizeGreaterThan(ofFirst.size());
    store(ofBoth);
    assertThat(storedRuns()).containsExactlyInAnyOrder(first, second);
    List<String> journal = rows("SELECT ordering::text FROM event_journal");

    JsonNode nothing = Json.MAPPER.readTree(done("gc", "--json").out());
    assertThat(sort(nothing, "artifacts").get("count").asLong()).isZero();
    assertThat(artifacts()).isEqualTo(ofBoth);

    String status = done("status", second).out();
    assertThat(status).containsPattern("run +0\\.\\d+ MiB").contains("work ").contains(" left, ");
    assertThat(done("workers").out()).contains(" GiB disk left");

    JsonNode dry = Json.MAPPER.readTree(done("delete", second, "--dry-run", "--json").out());
    assertThat(artifacts()).isEqualTo(ofBoth);
    assertThat(storedArtifacts()).isEqualTo(ofBoth);
    assertThat(storedRuns()).contains(second);
    JsonNode deleted = Json.MAPPER.readTree(done("delete", second, "--json").out());
    for (String sort : List.of("runs", "artifacts", "database-artifacts")) {
      for (String figure : List.of("count", "bytes", "bytes_before")) {
        assertThat(sort(deleted, sort).get(figure))
            .as(figure + " of " + sort + " as the dry run said")
            .isEqualTo(sort(dry, sort).get(figure));
      }
    }
    assertThat(sort(deleted, "database-artifacts").get("count").asInt())
        .isEqualTo(ofBoth.size() - ofFirst.size());
    assertThat(artifacts()).isEqualTo(ofFirst);
    assertThat(storedArtifacts()).isEqualTo(ofFirst);
    assertThat(storedRuns()).containsExactly(first);
    assertThat(rows("SELECT ordering::text FROM event_journal"))
        .as("no event goes")
        .containsAll(journal);
    assertThat(folder.resolve("work/runs").resolve(second)).doesNotExist();
    assertThat(done("list").out()).contains(first).doesNotContain(second);
    assertThat(cli.run("delete", second).err()).contains("no sweep " + second);
    assertThat(done("events", "--sweep", second).out()).contains("sweep-deleted");

    assertThat(cli.run("gc", "--older-than", "soon").err())
        .contains("it must be a time such as 30d");
    Path part = Files.createDirectory(folder.resolve("work/artifacts/.part-x"));
    Files.setLastModifiedTime(part, FileTime.fromMillis(0));
    store(List.of("f".repeat(40)));
    assertThat(done("gc", "--dry-run").out())
        .startsWith("would go")
        .containsPattern("\\nleftovers +1 ")
        .containsPattern("\\ndatabase-artifacts +1 ")
        .containsPattern("\\nleftovers +0\\.00 MiB  coordinator:" + part + "\\n");
    assertThat(part).exists();
    assertThat(storedArtifacts()).hasSize(ofFirst.size() + 1);
    CompletableFuture<Cli.Result> other =
        CompletableFuture.supplyAsync(() -> collect("--older-than", "1d"));
    assertThat(done("gc", "--older-than", "1d").out()).startsWith("removed");
    assertThat(other.join().code()).as("two at once").isZero();
    assertThat(part).doesNotExist();
    assertThat(artifacts()).isEqualTo(ofFirst);
    assertThat(storedArtifacts()).as("it is not a day old").hasSize(ofFirst.size() + 1);
    done("gc");
    assertThat(storedArtifacts()).isEqualTo(ofFirst);

    String again = done("submit", sweep("again", 1, "0.25").toString(), "--wait").err();
    String id = again.lines().findFirst().orElseThrow().substring("sweep ".length());
    assertThat(done("events", "--sweep", id).out())
        .as("what the first sweep needs is there still")
        .contains(" stage-reused ")
        .doesNotContain(" stage-completed ");
  }

  @Test
  void aSweepThatHasNotEndedIsNotDeleted() throws Exception {
    String id = done("submit", sweep("long", 100_000, "0.3").toString()).out().strip();
    for (List<String> options : List.of(List.<String>of(), List.of("--dry-run"))) {
      Cli.Result refused =
          cli.run(Stream.concat(Stream.of("delete", id), options.stream()).toArray(String[]::new));
      assertThat(refused.code()).isEqualTo(Main.USAGE);
      assertThat(refused.err()).contains("has not ended; cancel it first");
    }
    done("cancel", id);
  }
}
