package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalProbeTest {
  @TempDir private Path folder;

  private Database database(String options) {
    return new Database("jdbc:h2:" + folder.resolve("journal/s") + options, "secateur", "");
  }

  @Test
  void aJournalThatTakesWhatIsWrittenHasNoProblem() {
    WorkFolder work = new WorkFolder(folder);
    JournalDatabase.prepare(database(""), work);
    JournalProbe probe = new JournalProbe(database(""), work);
    assertThat(probe.problem()).isEmpty();
    assertThat(probe.problem()).as("again").isEmpty();
  }

  @Test
  void aJournalThatMayOnlyBeReadSaysSo() {
    WorkFolder work = new WorkFolder(folder);
    JournalDatabase.prepare(database(""), work);
    JournalProbe probe = new JournalProbe(database(";ACCESS_MODE_DATA=r"), work);
    assertThat(probe.problem()).hasValueSatisfying(why -> assertThat(why).contains("read only"));
  }

  @Test
  void aDatabaseThatIsAwaySaysSo() {
    Database away = new Database("jdbc:postgresql://127.0.0.1:1/none", "secateur", "");
    assertThat(new JournalProbe(away, new WorkFolder(folder)).problem())
        .hasValueSatisfying(why -> assertThat(why).contains("127.0.0.1:1"));
  }

  @Test
  void manyAtOnceAreNotInEachOthersWayAndNothingStays() throws Exception {
    WorkFolder work = new WorkFolder(folder);
    JournalDatabase.prepare(database(""), work);
    JournalProbe probe = new JournalProbe(database(""), work);
    List<CompletableFuture<Optional<String>>> trials =
        IntStream.range(0, 20)
            .mapToObj(i -> CompletableFuture.supplyAsync(probe::problem))
            .toList();
    assertThat(trials).allSatisfy(one -> assertThat(one.join()).isEmpty());
    assertThat(database("").query("SELECT COUNT(*) FROM run_file", found -> found.getLong(1)))
        .containsExactly(0L);
  }
}
