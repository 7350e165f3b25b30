package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.artifact.KeptArtifacts;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What goes and what stays, in a work folder and a database. */
class CleaningRunTest extends CleaningFixture {
  @Test
  void whatSweepsThatThereAreNeedStaysAndWhatIsInWork() throws IOException {
    Collected collected = clean(all(Duration.ZERO, false));
    assertThat(collected.problem()).isEmpty();
    assertThat(left(work.artifacts())).containsExactly(SHARED, OF_KEPT, IN_WORK);
    assertThat(stored()).containsExactly(SHARED, OF_KEPT, IN_WORK);
    assertThat(count(collected, "artifacts")).isEqualTo(2);
    assertThat(count(collected, "database-artifacts")).isEqualTo(2);
    assertThat(count(collected, "runs")).isEqualTo(1);
    assertThat(work.runs().resolve("gone")).doesNotExist();
    assertThat(run(GONE)).isEmpty();
    assertThat(run(KEPT)).isEqualTo(Map.of("results.json", 7L));
  }

  /** A worker's folder with a megabyte of each; it keeps what it is not told. */
  private static final class OfWorker implements WorkerFolders.Folder {
    private final Set<StageKey> told = new HashSet<>();

    @Override
    public String identity() {
      return "folder";
    }

    @Override
    public List<KeptArtifacts.Kept> artifacts() {
      return Stream.of(SHARED, OF_KEPT, OF_GONE, OF_NOBODY, IN_WORK)
          .map(key -> new KeptArtifacts.Kept(key, 1 << 20, Duration.ofHours(2), false))
          .toList();
    }

    @Override
    public CompletableFuture<KeptArtifacts.Gone> remove(Set<StageKey> keys, Duration unused) {
      told.addAll(keys);
      return CompletableFuture.completedFuture(new KeptArtifacts.Gone(keys, "worker w: slow"));
    }
  }

  @Test
  void ofAWorkersFolderTheSameGoes() {
    OfWorker folder = new OfWorker();
    workers = () -> new WorkerFolders.Listing(List.of(folder), List.of("worker v: silent"));
    Collected collected = clean(all(Duration.ZERO, false));
    assertThat(folder.told).containsExactlyInAnyOrder(OF_GONE, OF_NOBODY);
    assertThat(count(collected, "worker-artifacts")).isEqualTo(2);
    assertThat(collected.problem()).isEqualTo("worker v: silent; worker w: slow");
    folder.told.clear();
    clean(cleaning(Optional.of(Duration.ZERO), false, Optional.of(GONE)));
    assertThat(folder.told).as("of a deleted sweep").containsExactly(OF_GONE);
    folder.told.clear();
    clean(all(Duration.ofHours(3), false));
    clean(all(Duration.ZERO, true));
    clean(cleaning(Optional.empty(), false, Optional.empty()));
    assertThat(folder.told).as("too young, a dry run, nothing asked for").isEmpty();
  }

  @Test
  void aDryRunTellsTheSameAndRemovesNothing() throws IOException {
    Collected dry = clean(all(Duration.ZERO, true));
    assertThat(left(work.artifacts())).hasSize(5);
    assertThat(stored()).hasSize(5);
    assertThat(run(GONE)).hasSize(1);
    assertThat(clean(all(Duration.ZERO, false))).isEqualTo(dry);
  }

  @Test
  void whatWasUsedLatelyStaysWhereAnAgeIsAskedFor() throws IOException {
    Path manifest = work.artifacts().resolve(OF_NOBODY.value()).resolve("artifact.json");
    Files.setLastModifiedTime(manifest, FileTime.from(Instant.now().minus(Duration.ofDays(31))));
    clean(all(Duration.ofDays(30), false));
    assertThat(left(work.artifacts())).containsExactly(SHARED, OF_KEPT, OF_GONE, IN_WORK);
  }

  @Test
  void ofADeletedSweepOnlyWhatOnlyItNeededGoes() throws IOException {
    Collected collected = clean(cleaning(Optional.of(Duration.ZERO), false, Optional.of(GONE)));
    assertThat(left(work.artifacts())).containsExactly(SHARED, OF_KEPT, OF_NOBODY, IN_WORK);
    assertThat(stored()).containsExactly(SHARED, OF_KEPT, OF_NOBODY, IN_WORK);
    assertThat(count(collected, "artifacts")).isEqualTo(1);
    assertThat(count(collected, "database-artifacts")).isEqualTo(1);
    assertThat(run(GONE)).isEmpty();
    assertThat(run(KEPT)).hasSize(1);
  }

  @Test
  void aSweepThatIsSubmittedMeanwhileOrReplannedOrExtendedKeepsWhatItNeeds() throws IOException {
    events.add(
        new SweepEvent.SweepExtended(
            KEPT, plan(OF_KEPT, OF_NOBODY), Origin.UNKNOWN, Instant.EPOCH));
    events.add(
        new SweepEvent.SweepReplanned(
            KEPT, CodeVersion.UNNAMED, CodeVersion.CURRENT, "digest", Map.of(OF_KEPT, OF_GONE)));
    clean(all(Duration.ZERO, false));
    assertThat(left(work.artifacts())).containsExactly(OF_GONE, OF_NOBODY, IN_WORK);
  }

  @Test
  void aSharedFolderAndLogsOfNodesThatDoNotRunToo() throws IOException {
    Path shared = folder.resolve("shared");
    artifact(shared, OF_NOBODY);
    artifact(shared, OF_KEPT);
    Files.createDirectories(work.logs());
    Path log = Files.writeString(work.logs().resolve("node-45123.jsonl"), "line");
    Path fresh = Files.writeString(work.logs().resolve("node-45124.jsonl"), "line");
    Files.setLastModifiedTime(log, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    Collected collected = clean(all(Duration.ZERO, false), work.artifacts(), shared);
    assertThat(left(shared)).containsExactly(OF_KEPT);
    assertThat(count(collected, "logs")).isEqualTo(1);
    assertThat(log).doesNotExist();
    assertThat(fresh).exists();
  }

  @Test
  void aSweepThatCameBeforeTheJournalWasReadIsThere() throws IOException {
    SweepId late = new SweepId("late");
    events.add(submitted(late, OF_NOBODY));
    runs.put(work.runs().resolve(late.value()), "sweep.conf", new byte[3]);
    clean(all(Duration.ZERO, false));
    assertThat(left(work.artifacts())).containsExactly(SHARED, OF_KEPT, OF_NOBODY, IN_WORK);
    assertThat(stored()).containsExactly(SHARED, OF_KEPT, OF_NOBODY, IN_WORK);
    assertThat(run(late)).hasSize(1);
    assertThat(run(GONE)).isEmpty();
  }

  @Test
  void aDeletedSweepThatIsSubmittedAgainIsThere() throws IOException {
    events.add(submitted(GONE, SHARED, OF_GONE));
    clean(cleaning(Optional.of(Duration.ZERO), false, Optional.of(GONE)));
    assertThat(left(work.artifacts())).hasSize(5);
    assertThat(run(GONE)).hasSize(1);
  }

  @Test
  void whatSomebodyBeginsToUseMeanwhileStays() throws IOException {
    Path manifest = work.artifacts().resolve(OF_NOBODY.value()).resolve("artifact.json");
    FileTime soon = FileTime.from(Instant.now().plus(Duration.ofHours(1)));
    reading =
        times -> {
          if (times == 2) { // when the folder has been listed
            touch(manifest, soon);
          }
        };
    Collected collected = clean(all(Duration.ZERO, false));
    assertThat(left(work.artifacts())).containsExactly(SHARED, OF_KEPT, OF_NOBODY, IN_WORK);
    assertThat(count(collected, "artifacts")).isEqualTo(1);
  }

  private static void touch(Path file, FileTime when) {
    try {
      Files.setLastModifiedTime(file, when);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void rowsOfASweepThatComesWhileTheFoldersAreCleanedStay() throws IOException {
    reading =
        times -> {
          if (times == 3) { // when the folders are done
            events.add(submitted(new SweepId("late"), OF_NOBODY));
          }
        };
    clean(all(Duration.ZERO, false));
    assertThat(stored()).containsExactly(SHARED, OF_KEPT, OF_NOBODY, IN_WORK);
  }
}
