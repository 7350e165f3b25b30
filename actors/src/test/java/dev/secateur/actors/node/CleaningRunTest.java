package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.NeededStages;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes and what stays, in a work folder and a database. */
class CleaningRunTest {
  private static final SweepId KEPT = new SweepId("kept");
  private static final SweepId GONE = new SweepId("gone");
  private static final StageKey SHARED = key('a');
  private static final StageKey OF_KEPT = key('b');
  private static final StageKey OF_GONE = key('c');
  private static final StageKey OF_NOBODY = key('d');
  private static final StageKey IN_WORK = key('e');

  @TempDir private Path folder;
  private final List<SweepEvent> events = new ArrayList<>();
  private WorkFolder work;
  private Database database;

  private static StageKey key(char letter) {
    return new StageKey(String.valueOf(letter).repeat(40));
  }

  /** Events, numbered from one. */
  private final class Listed implements EventJournal {
    @Override
    public Source<JournalledEvent, NotUsed> events(long first, boolean live) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void read(long first, long last, Consumer<JournalledEvent> reader) {
      for (long number = first; number <= last; number++) {
        reader.accept(new JournalledEvent(number, Instant.EPOCH, events.get((int) number - 1)));
      }
    }

    @Override
    public List<Long> plans(long last) {
      List<Long> all = new ArrayList<>(LongStream.rangeClosed(1, events.size()).boxed().toList());
      Collections.reverse(all);
      return all;
    }
  }

  private SweepEvent submitted(SweepId sweep, StageKey... keys) {
    return new SweepEvent.SweepSubmitted(
        sweep,
        plan(keys),
        work.runs().resolve(sweep.value()).toString(),
        1,
        Optional.empty(),
        Instant.EPOCH,
        Origin.UNKNOWN);
  }

  private static SweepPlan plan(StageKey... keys) {
    List<Stage> stages =
        Stream.of(keys)
            .map(
                key ->
                    Stage.of(
                        key,
                        new StageSpec.Discovery(new ModelRef("m", "/m", "h", 1)),
                        Optional.empty()))
            .toList();
    return new SweepPlan(
        "s", "digest", List.of(), stages, Optional.empty(), 1, Map.of(), CodeVersion.CURRENT);
  }

  @BeforeEach
  void twoSweepsOfWhichOneIsDeleted() throws IOException {
    work = new WorkFolder(folder);
    database = new Database("jdbc:h2:" + folder.resolve("db/journal"), "secateur", "");
    Journal.prepare(database, work);
    events.add(submitted(KEPT, SHARED, OF_KEPT));
    events.add(submitted(GONE, SHARED, OF_GONE));
    for (StageKey key : List.of(SHARED, OF_KEPT, OF_GONE, OF_NOBODY, IN_WORK)) {
      artifact(work.artifacts(), key);
      new ArtifactTable(database).put(key, new byte[10]);
    }
    for (SweepId sweep : List.of(KEPT, GONE)) {
      new RunFolders().put(work.runs().resolve(sweep.value()), "results.json", new byte[7]);
    }
  }

  private static void artifact(Path root, StageKey key) throws IOException {
    new ArtifactStore(root)
        .create(
            key,
            StageKind.DISCOVERY,
            Map.of(),
            into -> {
              Files.write(into.resolve("data"), new byte[100]);
              return Map.of();
            });
  }

  private static Cleaning all(Duration age, boolean dryRun) {
    return cleaning(Optional.of(age), dryRun, Optional.empty());
  }

  private static Cleaning cleaning(Optional<Duration> age, boolean dryRun, Optional<SweepId> only) {
    return new Cleaning(
        age, age, only.isEmpty(), dryRun, only, Set.of(KEPT), Set.of(), Set.of(IN_WORK));
  }

  private Collected clean(Cleaning what, Path... stores) {
    return new CleaningRun(
            what,
            new NeededStages(new Listed()),
            stores.length == 0 ? List.of(work.artifacts()) : List.of(stores),
            new LogClaims(work.logs()),
            new StoredRows(database),
            new RunFolders(),
            Instant.now().plusSeconds(1))
        .all();
  }

  private static long count(Collected collected, String sort) {
    return collected.removed().stream()
        .filter(one -> one.sort().equals(sort))
        .mapToLong(one -> one.count())
        .sum();
  }

  private List<StageKey> left(Path root) {
    return Stream.of(SHARED, OF_KEPT, OF_GONE, OF_NOBODY, IN_WORK)
        .filter(key -> Files.exists(root.resolve(key.value())))
        .toList();
  }

  private List<StageKey> stored() throws IOException {
    return new StoredRows(database)
        .artifacts().stream()
            .map(StoredRows.Row::key)
            .sorted(java.util.Comparator.comparing(StageKey::value))
            .toList();
  }

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
    assertThat(work.runs().resolve("kept")).isNotEmptyDirectory();
  }

  @Test
  void aDryRunTellsTheSameAndRemovesNothing() throws IOException {
    Collected dry = clean(all(Duration.ZERO, true));
    assertThat(left(work.artifacts())).hasSize(5);
    assertThat(stored()).hasSize(5);
    assertThat(work.runs().resolve("gone")).isNotEmptyDirectory();
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
    assertThat(count(collected, "artifacts")).isEqualTo(1);
    assertThat(work.runs().resolve("gone")).doesNotExist();
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
  void leftoversGoOnceNobodyWritesThem() throws IOException {
    Path store = work.artifacts();
    Path old = Files.createDirectory(store.resolve(".part-old"));
    Path fresh = Files.createDirectory(store.resolve(".part-fresh"));
    Path probe = Files.createFile(store.resolve(".probe1"));
    Path done = Files.createFile(store.resolve(".state-" + OF_KEPT.value() + ".safetensors"));
    Path open = Files.createFile(store.resolve(".state-" + key('f').value() + ".safetensors"));
    for (Path each : List.of(old, probe, done, open)) {
      Files.setLastModifiedTime(each, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    }
    events.add(submitted(new SweepId("unfinished"), key('f')));
    Cleaning what =
        new Cleaning(
            Optional.empty(),
            Optional.empty(),
            true,
            false,
            Optional.empty(),
            Set.of(KEPT),
            Set.of(new SweepId("unfinished")),
            Set.of());
    assertThat(count(clean(what), "leftovers")).isEqualTo(3);
    assertThat(Stream.of(old, probe, done)).noneMatch(Files::exists);
    assertThat(Stream.of(fresh, open)).allMatch(Files::exists);
    assertThat(left(store)).as("artifacts are not asked for").hasSize(5);
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
}
