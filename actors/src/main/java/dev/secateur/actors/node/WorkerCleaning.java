package dev.secateur.actors.node;

import dev.secateur.actors.node.Leftovers.Left;
import dev.secateur.actors.node.Leftovers.Place;
import dev.secateur.artifact.KeptArtifacts;
import dev.secateur.artifact.KeptArtifacts.Kept;
import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.protocol.CoordinatorProtocol.Leftover;
import dev.secateur.protocol.StageKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Cleans workers' work folders: the workers list what is there, and remove it themselves. */
final class WorkerCleaning {
  private static final String ARTIFACTS = "worker-artifacts";

  private final Cleaning what;
  private final CleaningRule rule;
  private final Tally tally;
  private final Instant now;
  private final Set<String> own;

  /**
   * @param own folders of this node, whose workers tell what is counted already
   */
  WorkerCleaning(Cleaning what, CleaningRule rule, Tally tally, Instant now, Set<String> own) {
    this.what = what;
    this.rule = rule;
    this.tally = tally;
    this.now = now;
    this.own = own;
  }

  void artifacts(WorkerFolders workers) {
    WorkerFolders.Listing listing = workers.list();
    tally.problems(listing.problems());
    rule.readOn();
    long stay = 0;
    List<Runnable> answers = new ArrayList<>();
    for (WorkerFolders.Folder folder : listing.folders()) {
      if (!own.contains(folder.identity())) {
        Map<StageKey, Long> going = new HashMap<>();
        for (Kept kept : folder.artifacts()) {
          boolean unneeded = rule.isNotNeeded(kept.key(), now.minus(kept.unused()));
          if (unneeded && !kept.inUse()) {
            going.put(kept.key(), kept.bytes());
          } else if (unneeded) {
            stay++;
          }
          tally.there(ARTIFACTS, kept.bytes());
        }
        answers.add(removal(folder, going));
      }
    }
    answers.forEach(Runnable::run);
    if (stay > 0) {
      tally.notice(
          "workers keep "
              + stay
              + (stay == 1 ? " artifact" : " artifacts")
              + " that no sweep needs, since they were used in the last ten minutes; 'secateur gc'"
              + " removes them after that");
    }
  }

  /**
   * Has a worker remove what goes.
   *
   * @return waits for its answer, and counts what went
   */
  private Runnable removal(WorkerFolders.Folder folder, Map<StageKey, Long> going) {
    CompletableFuture<KeptArtifacts.Gone> gone =
        what.dryRun()
            ? CompletableFuture.completedFuture(new KeptArtifacts.Gone(going.keySet(), ""))
            : folder.remove(going.keySet(), what.unused(Disposable.ARTIFACTS).orElseThrow());
    return () -> {
      KeptArtifacts.Gone answer = gone.join();
      tally.problem(answer.problem());
      answer.keys().forEach(key -> tally.goes(ARTIFACTS, going.get(key)));
    };
  }

  void leftovers(WorkerLeftovers workers) {
    WorkerLeftovers.Listing listing = workers.list();
    tally.problems(listing.problems());
    rule.readOn();
    List<Runnable> answers = new ArrayList<>();
    for (WorkerLeftovers.Folder folder : listing.folders()) {
      if (!own.contains(folder.content().identity())) {
        tally.there(sort(folder.place()), folder.content().all());
        answers.add(removal(folder));
      }
    }
    answers.forEach(Runnable::run);
  }

  private static String sort(Place place) {
    return place == Place.LOGS ? "worker-logs" : "worker-leftovers";
  }

  private boolean isGoing(Place place, Left left) {
    Instant used = now.minus(left.unused());
    return place == Place.LOGS ? rule.isOldLog(used) : rule.isLeftBehind(left.kind(), used);
  }

  private Runnable removal(WorkerLeftovers.Folder folder) {
    Map<String, Long> going = new HashMap<>();
    for (Left left : folder.content().left()) {
      if (isGoing(folder.place(), left)) {
        going.put(left.name(), left.bytes());
      }
    }
    Disposable sort = folder.place() == Place.LOGS ? Disposable.LOGS : Disposable.LEFTOVERS;
    Duration unused = what.unused(sort).orElse(Duration.ZERO);
    CompletableFuture<Leftovers.Gone> gone =
        what.dryRun()
            ? CompletableFuture.completedFuture(new Leftovers.Gone(going.keySet(), ""))
            : folder.removal().of(going.keySet(), unused);
    return () -> {
      Leftovers.Gone answer = gone.join();
      tally.problem(answer.problem());
      for (String name : answer.names()) {
        String path = folder.content().folder() + "/" + name;
        tally.goes(new Leftover(sort(folder.place()), folder.worker(), path, going.get(name)));
      }
    };
  }
}
