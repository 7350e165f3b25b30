package dev.secateur.actors.node;

import dev.secateur.artifact.StoreContents;
import dev.secateur.artifact.StoreContents.Entry;
import dev.secateur.artifact.StoreContents.Sort;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.NeededStages;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Removed;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One removal of what nobody needs. What can't be removed is told, and the rest goes all the same.
 */
final class CleaningRun {
  /** What is being written is touched each minute; older nodes touch nothing for a while. */
  static final Duration LEFT_BEHIND = Duration.ofHours(1);

  private final Cleaning what;
  private final NeededStages plans;
  private final List<Path> stores;
  private final LogClaims logs;
  private final StoredRows rows;
  private final RunFiles runs;
  private final Instant now;
  private final Set<SweepId> known;
  private final Map<String, long[]> counts = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();
  private Set<StageKey> needed;

  /**
   * @param plans as the journal tells them
   * @param stores folders of artifacts
   */
  CleaningRun(
      Cleaning what,
      NeededStages plans,
      List<Path> stores,
      LogClaims logs,
      StoredRows rows,
      RunFiles runs,
      Instant now) {
    this.what = what;
    this.plans = plans;
    this.stores = stores;
    this.logs = logs;
    this.rows = rows;
    this.runs = runs;
    this.now = now;
    this.known = new HashSet<>(what.known());
    this.needed = needed();
  }

  /** Something that may fail by itself. */
  @FunctionalInterface
  private interface Part {
    void run() throws IOException;
  }

  Collected all() {
    part(this::runFolders);
    part(this::artifacts);
    part(this::databaseArtifacts);
    part(this::logs);
    List<Removed> removed =
        counts.entrySet().stream()
            .map(
                each ->
                    new Removed(
                        each.getKey(), each.getValue()[0], each.getValue()[1], each.getValue()[2]))
            .toList();
    Optional<String> problem =
        problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
    return new Collected(removed, problem);
  }

  private void part(Part part) {
    try {
      part.run();
    } catch (IOException | UncheckedIOException e) {
      problems.add(FailureReason.of(e));
    }
  }

  /** Sweeps that were submitted since this began need theirs too. */
  private Set<StageKey> needed() {
    known.addAll(plans.readOn());
    what.only().ifPresent(known::remove);
    Set<StageKey> keys = plans.of(known);
    keys.addAll(what.inWork());
    return keys;
  }

  private void artifacts() throws IOException {
    Set<StageKey> open = plans.of(what.unfinished());
    open.addAll(what.inWork());
    for (Path store : stores) {
      StoreContents contents = new StoreContents(store);
      List<Entry> entries = contents.entries();
      Set<StageKey> done = new HashSet<>();
      entries.stream()
          .filter(entry -> entry.sort() == Sort.ARTIFACT)
          .forEach(entry -> done.add(entry.key().orElseThrow()));
      needed = needed();
      for (Entry entry : entries) {
        boolean artifact = entry.sort() == Sort.ARTIFACT;
        boolean goes =
            artifact
                ? isNotNeeded(entry.key().orElseThrow(), entry.used())
                : isLeftBehind(entry, open, done);
        count(artifact ? "artifacts" : "leftovers", entry.bytes(), goes);
        if (goes) {
          remove(() -> contents.remove(entry));
        }
      }
    }
  }

  private boolean isNotNeeded(StageKey key, Instant used) {
    return what.artifacts().isPresent()
        && !needed.contains(key)
        && isOfDeleted(key)
        && !used.isAfter(now.minus(what.artifacts().get()));
  }

  /** Where one sweep is deleted, what it did not need is not looked at. */
  private boolean isOfDeleted(StageKey key) {
    return what.only()
        .map(sweep -> plans.plans().get(sweep))
        .map(plan -> plan.stages().contains(key))
        .orElse(what.only().isEmpty());
  }

  /** A training that has ended, or that nobody wants, does not go on from its state. */
  private boolean isLeftBehind(Entry entry, Set<StageKey> open, Set<StageKey> done) {
    if (!what.leftovers() || entry.used().isAfter(now.minus(LEFT_BEHIND))) {
      return false;
    }
    return entry.key().map(key -> done.contains(key) || !open.contains(key)).orElse(true);
  }

  private void databaseArtifacts() throws IOException {
    for (StoredRows.Row row : rows.artifacts()) {
      boolean goes = isNotNeeded(row.key(), row.created());
      count("database-artifacts", row.bytes(), goes);
      if (goes) {
        remove(() -> rows.remove(row.key()));
      }
    }
  }

  /** Of sweeps that the journal tells of and that were deleted. */
  private void runFolders() throws IOException {
    for (Map.Entry<SweepId, NeededStages.Planned> plan : plans.plans().entrySet()) {
      SweepId sweep = plan.getKey();
      Path folder = Path.of(plan.getValue().runFolder());
      boolean goes =
          !known.contains(sweep)
              && what.artifacts().isPresent()
              && what.only().map(sweep::equals).orElse(true);
      Map<String, Long> sizes = runs.sizes(folder);
      if (!sizes.isEmpty()) {
        count("runs", bytes(sizes), goes);
      }
      if (goes) {
        for (String name : sizes.keySet()) {
          remove(() -> runs.remove(folder, name));
        }
      }
    }
  }

  static long bytes(Map<String, Long> sizes) {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  private void logs() throws IOException {
    if (what.only().isPresent()) {
      return;
    }
    long before = logs.bytes();
    long[] all = counts.computeIfAbsent("logs", sort -> new long[3]);
    for (LogClaims.Log log : logs.abandoned()) {
      if (what.logs().isPresent() && !log.written().isAfter(now.minus(unused(what.logs().get())))) {
        all[0]++;
        all[1] += log.bytes();
        remove(() -> Files.deleteIfExists(log.file()));
      }
    }
    all[2] = before;
  }

  /** A node that has just ended is perhaps being started again. */
  private static Duration unused(Duration asked) {
    return asked.compareTo(LEFT_BEHIND) < 0 ? LEFT_BEHIND : asked;
  }

  private void count(String sort, long bytes, boolean goes) {
    long[] all = counts.computeIfAbsent(sort, any -> new long[3]);
    all[2] += bytes;
    if (goes) {
      all[0]++;
      all[1] += bytes;
    }
  }

  private void remove(Part removal) {
    if (!what.dryRun()) {
      part(removal);
    }
  }
}
