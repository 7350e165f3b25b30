package dev.secateur.actors.node;

import dev.secateur.artifact.StoreContents;
import dev.secateur.checkpoint.DiskSpace;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.coordinator.disk.NeededStages;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.SweepId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** The disk and the database of a coordinator's node. */
final class NodeHousekeeping implements Housekeeping {
  private static final Duration FRESH = Duration.ofSeconds(30);

  private final NodeSettings settings;
  private final WorkFolder work;
  private final Database database;
  private final StoredJournal journal;
  private final RunFiles runs;
  private final WorkerFolders workers;
  private final WorkerLeftovers leftovers;
  private final StoreRoom room;
  private final InstantSource clock;
  private final ReentrantLock measuring = new ReentrantLock();
  private volatile List<DiskUse> use = List.of();
  private volatile Instant measured = Instant.MIN;

  NodeHousekeeping(
      NodeSettings settings,
      WorkFolder work,
      Database database,
      StoredJournal journal,
      WorkerFolders workers,
      WorkerLeftovers leftovers,
      StoreRoom room,
      InstantSource clock) {
    this.settings = settings;
    this.work = work;
    this.database = database;
    this.journal = journal;
    this.runs = RunTable.of(database);
    this.workers = workers;
    this.leftovers = leftovers;
    this.room = room;
    this.clock = clock;
  }

  @Override
  public Collected clean(Cleaning what) {
    CleaningRun run =
        new CleaningRun(
            what,
            new NeededStages(journal),
            new CleaningRun.Places(
                stores(),
                workers,
                leftovers,
                new LogClaims(work.logs()),
                new StoredRows(database),
                runs),
            clock.instant());
    Collected collected = run.all();
    measured = Instant.MIN;
    return collected;
  }

  /** The work folder's, and the one that nodes share. */
  private List<Path> stores() {
    Set<Path> stores = new LinkedHashSet<>();
    stores.add(work.artifacts());
    settings.sharedArtifacts().ifPresent(stores::add);
    return List.copyOf(stores);
  }

  @Override
  public List<SweepId> endedBefore(Instant then) {
    return journal.endedBefore(then);
  }

  /** As it was less than half a minute ago, or as it is being found. */
  @Override
  public List<DiskUse> use() {
    if (measuring.tryLock()) {
      try {
        Instant now = clock.instant();
        if (now.isAfter(measured.equals(Instant.MIN) ? measured : measured.plus(FRESH))) {
          use = measure();
          measured = now;
        }
      } finally {
        measuring.unlock();
      }
    }
    return use;
  }

  private List<DiskUse> measure() {
    List<DiskUse> all = new ArrayList<>();
    folder("work", work.root()).ifPresent(all::add);
    folder("artifacts", settings.artifacts(work)).ifPresent(all::add);
    database().ifPresent(all::add);
    return List.copyOf(all);
  }

  private static Optional<DiskUse> folder(String place, Path folder) {
    try {
      long bytes = Files.isDirectory(folder) ? StoreContents.bytes(folder.toRealPath()) : 0;
      return Optional.of(
          new DiskUse.Folder(place, folder.toString(), bytes, DiskSpace.free(folder)));
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty(); // what changes while it is measured is measured later
    }
  }

  private Optional<DiskUse> database() {
    if (!database.isPostgreSql()) {
      return folder("database", work.journal());
    }
    try {
      return database
          .query("SELECT pg_database_size(current_database())", row -> row.getLong(1))
          .stream()
          .findFirst()
          .map(bytes -> new DiskUse.DatabaseServer(database.url(), bytes));
    } catch (SQLException e) {
      return Optional.empty();
    }
  }

  @Override
  public long runBytes(String folder) {
    try {
      return CleaningRun.bytes(runs.sizes(Path.of(folder)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<String> storeProblem() {
    return room.problem();
  }

  @Override
  public Optional<String> journalProblem() {
    return new JournalProbe(database, work).problem();
  }
}
