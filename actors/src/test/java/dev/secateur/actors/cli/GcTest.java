package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What goes from the disk of a real coordinator, and what it says of its disk. */
class GcTest extends CoordinatorFixture {
  private static long artifacts() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("work/artifacts"))) {
      return all.filter(path -> !path.getFileName().toString().startsWith(".")).count();
    }
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

  @Test
  void deletesASweepWithWhatOnlyItNeedsAndCollectsTheRest() throws Exception {
    assertThat(folder.resolve("work/logs/node-coordinator.jsonl")).exists();
    String first = run("first", "0.25");
    long ofFirst = artifacts();
    String second = run("second", "0.5");
    long ofBoth = artifacts();
    assertThat(ofBoth).isGreaterThan(ofFirst);

    JsonNode nothing = JSON.readTree(done("gc", "--json").out());
    assertThat(sort(nothing, "artifacts").get("count").asLong()).isZero();
    assertThat(artifacts()).isEqualTo(ofBoth);

    String status = done("status", second).out();
    assertThat(status).containsPattern("run +0\\.\\d+ MiB").contains("work ").contains(" left, ");
    assertThat(done("workers").out()).contains(" GiB disk left");

    JsonNode dry = JSON.readTree(done("delete", second, "--dry-run", "--json").out());
    assertThat(artifacts()).isEqualTo(ofBoth);
    JsonNode deleted = JSON.readTree(done("delete", second, "--json").out());
    assertThat(sort(deleted, "artifacts").get("count"))
        .isEqualTo(sort(dry, "artifacts").get("count"));
    assertThat(artifacts()).isEqualTo(ofFirst);
    assertThat(folder.resolve("work/runs").resolve(second)).doesNotExist();
    assertThat(done("list").out()).contains(first).doesNotContain(second);
    assertThat(cli.run("delete", second).err()).contains("no sweep " + second);
    assertThat(done("events", "--sweep", second).out()).contains("sweep-deleted");

    assertThat(cli.run("gc", "--older-than", "soon").err()).contains("it is a time such as 30d");
    Path part = Files.createDirectory(folder.resolve("work/artifacts/.part-x"));
    Files.setLastModifiedTime(part, FileTime.fromMillis(0));
    assertThat(done("gc", "--dry-run").out()).startsWith("would go").contains("leftovers");
    assertThat(part).exists();
    assertThat(done("gc", "--older-than", "1d").out()).startsWith("removed");
    assertThat(part).doesNotExist();
    assertThat(artifacts()).isEqualTo(ofFirst);

    String again = done("submit", sweep("again", 1, "0.25").toString(), "--wait").err();
    assertThat(again).as("what the first sweep needs is there still").contains("sweep again");
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
