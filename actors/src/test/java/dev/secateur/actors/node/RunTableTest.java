package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.coordinator.report.RunFolders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run folder that two coordinators of different work folders know. */
class RunTableTest {
  @TempDir private Path folder;
  private RunFiles files;
  private Path here;
  private Path elsewhere;

  @BeforeEach
  void makeTheTables() {
    Database database = new Database("jdbc:h2:" + folder.resolve("db/journal"), "secateur", "");
    JournalDatabase.prepare(database, new WorkFolder(folder));
    files = new RunTable(database, new RunFolders());
    here = folder.resolve("one/runs/sweep-1");
    elsewhere = folder.resolve("two/runs/sweep-1");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void tellsSizes() throws IOException {
    files.put(here, "sweep.conf", bytes("first"));
    files.put(here, "results.json", bytes("{}"));
    Map<String, Long> sizes = Map.of("sweep.conf", 5L, "results.json", 2L);
    assertThat(files.sizes(elsewhere)).isEqualTo(sizes);
    Files.createDirectory(here.resolve("folder"));
    assertThat(new RunFolders().sizes(here)).isEqualTo(sizes);
  }

  @Test
  void whatOneCoordinatorWritesAnotherReads() throws IOException {
    files.put(here, "sweep.conf", bytes("first"));
    files.put(here, "results.json", bytes("{}"));
    files.put(here, "sweep.conf", bytes("second"));
    assertThat(files.names(elsewhere)).isEqualTo(List.of("results.json", "sweep.conf"));
    assertThat(files.find(elsewhere, "sweep.conf")).hasValue(bytes("second"));
    assertThat(here.resolve("sweep.conf")).as("a copy for whoever looks").hasContent("second");
    assertThat(elsewhere).doesNotExist();
    files.remove(elsewhere, "sweep.conf");
    assertThat(files.find(here, "sweep.conf")).isEmpty();
  }

  @Test
  void isKeptWhereThereCanBeNoCopy() throws IOException {
    Files.createDirectories(folder.resolve("one"));
    Files.writeString(folder.resolve("one/runs"), "in the way");
    files.put(here, "results.json", bytes("{}"));
    assertThat(files.find(here, "results.json")).hasValue(bytes("{}"));
  }

  @Test
  void namesThatLeadElsewhereAreNoFiles() throws IOException {
    Files.writeString(folder.resolve("secret"), "x");
    for (RunFiles each : List.of(files, new RunFolders())) {
      assertThat(each.find(here, "../../../secret")).isEmpty();
      assertThat(each.find(here, folder.resolve("secret").toString())).isEmpty();
      assertThat(each.names(here)).isEmpty();
    }
  }
}
