package dev.secateur.actors.node;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.coordinator.disk.NeededStages;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A work folder and a database, with what two sweeps made of which one is deleted. */
abstract class CleaningFixture {
  static final SweepId KEPT = new SweepId("kept");
  static final SweepId GONE = new SweepId("gone");
  static final StageKey SHARED = key('a');
  static final StageKey OF_KEPT = key('b');
  static final StageKey OF_GONE = key('c');
  static final StageKey OF_NOBODY = key('d');
  static final StageKey IN_WORK = key('e');

  @TempDir Path folder;
  final List<SweepEvent> events = new ArrayList<>();
  WorkFolder work;
  Database database;
  WorkerFolders workers = WorkerFolders.NONE;
  WorkerLeftovers leftovers = WorkerLeftovers.NONE;
  RunFiles runs;

  /** Told how often the journal has been asked for plans, before it answers. */
  IntConsumer reading = times -> {};

  private int readings;

  static StageKey key(char letter) {
    return new StageKey(String.valueOf(letter).repeat(40));
  }

  /** Events, numbered from one. */
  final class Listed implements EventJournal {
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
    public long last() {
      return events.size();
    }

    @Override
    public List<Long> plans(long last) {
      readings++;
      reading.accept(readings);
      List<Long> all = new ArrayList<>(LongStream.rangeClosed(1, events.size()).boxed().toList());
      Collections.reverse(all);
      return all;
    }
  }

  SweepEvent submitted(SweepId sweep, StageKey... keys) {
    return new SweepEvent.SweepSubmitted(
        sweep,
        plan(keys),
        work.runs().resolve(sweep.value()).toString(),
        1,
        IdempotencyKey.NONE,
        Instant.EPOCH,
        Origin.UNKNOWN);
  }

  static SweepPlan plan(StageKey... keys) {
    List<Stage> stages =
        Stream.of(keys)
            .map(
                key ->
                    Stage.of(
                        key,
                        new DiscoverySpec(new ModelRef("m", "/m", "h", 1)),
                        new MemoryNeed.Unknown()))
            .toList();
    return new SweepPlan(
        "s", "digest", List.of(), stages, RecoveryBound.ALL, 1, Map.of(), CodeVersion.CURRENT);
  }

  @BeforeEach
  void twoSweepsOfWhichOneIsDeleted() throws IOException {
    work = new WorkFolder(folder);
    database = database(folder);
    runs = RunTable.of(database);
    events.add(submitted(KEPT, SHARED, OF_KEPT));
    events.add(submitted(GONE, SHARED, OF_GONE));
    for (StageKey key : List.of(SHARED, OF_KEPT, OF_GONE, OF_NOBODY, IN_WORK)) {
      artifact(work.artifacts(), key);
      new ArtifactTable(database).put(key, new byte[10]);
    }
    for (SweepId sweep : List.of(KEPT, GONE)) {
      runs.put(work.runs().resolve(sweep.value()), "results.json", new byte[7]);
    }
  }

  /** With the journal's tables, and nothing in them. */
  Database database(Path folder) {
    Database database = new Database("jdbc:h2:" + folder.resolve("db/journal"), "secateur", "");
    JournalDatabase.prepare(database, new WorkFolder(folder));
    return database;
  }

  /** Names and sizes of what there is of a sweep's run. */
  Map<String, Long> run(SweepId sweep) throws IOException {
    return runs.sizes(work.runs().resolve(sweep.value()));
  }

  static void artifact(Path root, StageKey key) throws IOException {
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

  static Cleaning all(Duration age, boolean dryRun) {
    return cleaning(Optional.of(age), dryRun, Optional.empty());
  }

  /** Of a coordinator that has seen the first two events. */
  static Cleaning cleaning(Optional<Duration> age, boolean dryRun, Optional<SweepId> only) {
    Map<Disposable, Duration> unused = new EnumMap<>(Disposable.class);
    age.ifPresent(
        some -> {
          unused.put(Disposable.ARTIFACTS, some);
          unused.put(Disposable.LOGS, some);
          if (only.isEmpty()) {
            unused.put(Disposable.LEFTOVERS, some);
          }
        });
    return new Cleaning(
        unused,
        dryRun,
        only.<Cleaning.Scope>map(Cleaning.Only::new).orElseGet(Cleaning.Everything::new),
        2,
        Set.of(KEPT),
        Set.of(),
        Set.of(IN_WORK));
  }

  Collected clean(Cleaning what, Path... stores) {
    return new CleaningRun(
            what,
            new NeededStages(new Listed()),
            new CleaningRun.Places(
                stores.length == 0 ? List.of(work.artifacts()) : List.of(stores),
                workers,
                leftovers,
                new LogClaims(work.logs()),
                new StoredRows(database),
                runs),
            Instant.now().plusSeconds(1))
        .all();
  }

  static long count(Collected collected, String sort) {
    return collected.removed().stream()
        .filter(one -> one.sort().equals(sort))
        .mapToLong(one -> one.count())
        .sum();
  }

  List<StageKey> left(Path root) {
    return Stream.of(SHARED, OF_KEPT, OF_GONE, OF_NOBODY, IN_WORK)
        .filter(key -> Files.exists(root.resolve(key.value())))
        .toList();
  }

  List<StageKey> stored() throws IOException {
    return new StoredRows(database)
        .artifacts().stream()
            .map(StoredRows.Row::key)
            .sorted(java.util.Comparator.comparing(StageKey::value))
            .toList();
  }
}
