package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTrialTest {
  @TempDir private Path folder;

  private Database database(String options) {
    return new Database("jdbc:h2:" + folder.resolve("journal/s") + options, "secateur", "");
  }

  @Test
  void aJournalThatTakesWhatIsWrittenHasNoProblem() {
    WorkFolder work = new WorkFolder(folder);
    JournalDatabase.prepare(database(""), work);
    JournalTrial trial = new JournalTrial(database(""), work);
    assertThat(trial.problem()).isEmpty();
    assertThat(trial.problem()).as("again").isEmpty();
  }

  @Test
  void aJournalThatMayOnlyBeReadSaysSo() {
    WorkFolder work = new WorkFolder(folder);
    JournalDatabase.prepare(database(""), work);
    JournalTrial trial = new JournalTrial(database(";ACCESS_MODE_DATA=r"), work);
    assertThat(trial.problem()).hasValueSatisfying(why -> assertThat(why).contains("read only"));
  }

  @Test
  void aDatabaseThatIsAwaySaysSo() {
    Database away = new Database("jdbc:postgresql://127.0.0.1:1/none", "secateur", "");
    assertThat(new JournalTrial(away, new WorkFolder(folder)).problem())
        .hasValueSatisfying(why -> assertThat(why).contains("127.0.0.1:1"));
  }

  @Test
  void manyAtOnceAreNotInEachOthersWayAndNothingStays() throws Exception {
    WorkFolder work = new WorkFolder(folder);
    JournalDatabase.prepare(database(""), work);
    JournalTrial trial = new JournalTrial(database(""), work);
    List<CompletableFuture<Optional<String>>> trials =
        IntStream.range(0, 20)
            .mapToObj(i -> CompletableFuture.supplyAsync(trial::problem))
            .toList();
    assertThat(trials).allSatisfy(one -> assertThat(one.join()).isEmpty());
    assertThat(database("").query("SELECT COUNT(*) FROM run_file", found -> found.getLong(1)))
        .containsExactly(0L);
  }
}
