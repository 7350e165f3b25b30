package dev.secateur.actors.node;

import dev.secateur.artifact.FolderIdentity;
import dev.secateur.artifact.StoreContents;
import dev.secateur.artifact.StoreContents.Entry;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.coordinator.disk.NeededStages;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.CoordinatorProtocol.Leftover;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One removal of what no sweep needs. Failures are reported, and the rest is removed anyway. */
final class CleaningRun {
  private static final String HERE = "coordinator";

  private final Cleaning what;
  private final Places places;
  private final Instant now;
  private final CleaningRule rule;
  private final Tally tally = new Tally();

  /**
   * What is cleaned.
   *
   * @param stores folders of artifacts
   * @param workers folders of artifacts that workers have of their own
   * @param leftovers what is left behind in workers' work folders
   */
  record Places(
      List<Path> stores,
      WorkerFolders workers,
      WorkerLeftovers leftovers,
      LogClaims logs,
      StoredRows rows,
      RunFiles runs) {}

  /**
   * @param plans as the journal tells them
   */
  CleaningRun(Cleaning what, NeededStages plans, Places places, Instant now) {
    this.what = what;
    this.places = places;
    this.now = now;
    this.rule = new CleaningRule(what, plans, now);
  }

  Collected all() {
    tally.part(this::runFolders);
    tally.part(this::artifacts);
    tally.part(this::databaseArtifacts);
    tally.part(this::workers);
    tally.part(this::logs);
    return tally.collected();
  }

  private void artifacts() throws IOException {
    for (Path store : places.stores()) {
      tally.part(() -> artifacts(store));
    }
  }

  private void artifacts(Path store) throws IOException {
    StoreContents contents = new StoreContents(store);
    List<Entry> entries = contents.entries();
    Set<StageKey> done = new HashSet<>();
    StoreContents.artifacts(entries).forEach(artifact -> done.add(artifact.key()));
    rule.readOn();
    for (Entry entry : entries) {
      if (entry instanceof Entry.Artifact artifact) {
        tally.there("artifacts", artifact.bytes());
        if (rule.isNotNeeded(artifact.key(), artifact.used())) {
          goes(contents, artifact);
        }
      } else if (entry instanceof Entry.Left left) {
        tally.there("leftovers", left.bytes());
        if (rule.isLeftBehind(Leftovers.Kind.of(left, done), left.used())) {
          tally.goes(new Leftover("leftovers", HERE, left.path().toString(), left.bytes()));
          remove(() -> contents.remove(left));
        }
      }
    }
  }

  /** Unless somebody has begun to use it since it was listed. */
  private void goes(StoreContents contents, Entry.Artifact artifact) throws IOException {
    Instant since = now.minus(what.unused(Disposable.ARTIFACTS).orElseThrow());
    tally.part(
        () -> {
          if (what.dryRun() || contents.removeUnused(artifact, since)) {
            tally.goes("artifacts", artifact.bytes());
          }
        });
  }

  private void databaseArtifacts() throws IOException {
    List<StoredRows.Row> rows = places.rows().artifacts();
    rule.readOn();
    for (StoredRows.Row row : rows) {
      tally.there("database-artifacts", row.bytes());
      if (rule.isNotNeeded(row.key(), row.created())) {
        tally.goes("database-artifacts", row.bytes());
        remove(() -> places.rows().remove(row.key()));
      }
    }
  }

  private void workers() throws IOException {
    Set<String> own = new HashSet<>();
    for (Path folder : places.stores()) {
      addIdentity(own, folder);
    }
    addIdentity(own, places.logs().folder());
    WorkerCleaning cleaning = new WorkerCleaning(what, rule, tally, now, own);
    if (what.unused(Disposable.ARTIFACTS).isPresent()) {
      cleaning.artifacts(places.workers());
    }
    if (what.scope() instanceof Cleaning.Everything
        && (what.unused(Disposable.LEFTOVERS).isPresent()
            || what.unused(Disposable.LOGS).isPresent())) {
      cleaning.leftovers(places.leftovers());
    }
  }

  private static void addIdentity(Set<String> all, Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      all.add(FolderIdentity.of(folder));
    }
  }

  /** Of sweeps that the journal tells of and that were deleted. */
  private void runFolders() throws IOException {
    RunFiles runs = places.runs();
    for (Map.Entry<SweepId, NeededStages.Planned> plan : rule.plans().entrySet()) {
      Path folder = Path.of(plan.getValue().runFolder());
      Map<String, Long> sizes = runs.sizes(folder);
      if (!sizes.isEmpty()) {
        tally.there("runs", bytes(sizes));
      }
      if (rule.isDeleted(plan.getKey()) && !sizes.isEmpty()) {
        tally.goes("runs", bytes(sizes));
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
    if (what.scope() instanceof Cleaning.Only) {
      return;
    }
    tally.there("logs", places.logs().bytes());
    for (LogClaims.Log log : places.logs().abandoned()) {
      if (rule.isOldLog(log.written())) {
        tally.goes(new Leftover("logs", HERE, log.file().toString(), log.bytes()));
        remove(() -> Files.deleteIfExists(log.file()));
      }
    }
  }

  private void remove(Tally.Part removal) {
    if (!what.dryRun()) {
      tally.part(removal);
    }
  }
}
