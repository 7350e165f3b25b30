package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import dev.secateur.artifact.KeptArtifacts.Gone;
import dev.secateur.artifact.KeptArtifacts.Kept;
import dev.secateur.protocol.StageKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The workers' own folders, accessed through the keepers of a cluster. */
final class KeeperFolders implements WorkerFolders {
  /** Some thousand folders are looked at meanwhile by a slow disk. */
  private static final Duration TELL_WITHIN = Duration.ofSeconds(20);

  /** Ten models are deleted meanwhile by a slow disk. */
  private static final Duration REMOVE_WITHIN = Duration.ofMinutes(2);

  /** How many artifacts one message tells a worker to remove. */
  private static final int AT_ONCE = 50;

  private final PresentActors<Keeper.Message> keepers;
  private final Duration tellWithin;

  /**
   * @param tellWithin how long a worker may take to tell some hundred artifacts
   */
  KeeperFolders(PresentActors<Keeper.Message> keepers, Duration tellWithin) {
    this.keepers = keepers;
    this.tellWithin = tellWithin;
  }

  /** Hears of keepers from now on. */
  static KeeperFolders of(ActorSystem<?> system) {
    return new KeeperFolders(PresentActors.of(system, Keeper.KEY, "cleaned-keepers"), TELL_WITHIN);
  }

  /** What is known of a keeper; its name even where it does not know what it is asked. */
  private record Asked(
      ActorRef<Keeper.Message> keeper,
      CompletableFuture<Optional<String>> worker,
      CompletableFuture<Optional<Keeper.Page>> page) {}

  /** A folder, as its first page tells it. */
  private record Begun(ActorRef<Keeper.Message> keeper, String worker, Keeper.Listed first) {}

  @Override
  public Listing list() {
    List<Asked> asked = new ArrayList<>();
    for (ActorRef<Keeper.Message> keeper : keepers.now()) {
      asked.add(new Asked(keeper, worker(keeper), page(keeper, "")));
    }
    List<String> problems = new ArrayList<>();
    Map<String, Begun> folders = new TreeMap<>();
    for (Asked one : asked) {
      Optional<Keeper.Page> page = one.page().join();
      if (page.isEmpty()) {
        problems.add(silent(one));
      } else if (page.get().content() instanceof Keeper.Unreadable unreadable) {
        problems.add("worker " + page.get().worker() + ": " + unreadable.problem());
      } else if (page.get().content() instanceof Keeper.Listed first) {
        folders.putIfAbsent(first.folder(), new Begun(one.keeper(), page.get().worker(), first));
      }
    }
    List<Folder> listed = new ArrayList<>();
    folders.values().forEach(one -> listed.add(folder(one, problems)));
    return new Listing(listed, problems);
  }

  private static String silent(Asked asked) {
    return asked
            .worker()
            .join()
            .map(worker -> "worker " + worker + " does not report what it keeps")
            .orElseGet(
                () -> "the node " + asked.keeper().path().address().hostPort() + " does not answer")
        + ": nothing was removed there";
  }

  /** A missing page leaves the list of the folder incomplete, and is reported. */
  private Folder folder(Begun begun, List<String> problems) {
    List<Kept> artifacts = new ArrayList<>(begun.first().artifacts());
    boolean more = begun.first().more();
    while (more) {
      String last = artifacts.get(artifacts.size() - 1).key().value();
      Optional<Keeper.Page> page = page(begun.keeper(), last).join();
      if (page.isPresent() && page.get().content() instanceof Keeper.Listed next) {
        artifacts.addAll(next.artifacts());
        more = next.more();
      } else {
        problems.add("worker " + begun.worker() + " has not reported all that it keeps");
        more = false;
      }
    }
    return new OfKeeper(
        begun.first().folder(), begun.worker(), begun.keeper(), List.copyOf(artifacts));
  }

  /** That every version answers. */
  private CompletableFuture<Optional<String>> worker(ActorRef<Keeper.Message> keeper) {
    return keepers
        .<Keeper.Holding>ask(keeper, replyTo -> new Keeper.Which(Set.of(), replyTo), tellWithin)
        .thenApply(held -> held.map(Keeper.Holding::worker));
  }

  private CompletableFuture<Optional<Keeper.Page>> page(
      ActorRef<Keeper.Message> keeper, String after) {
    return keepers.ask(keeper, replyTo -> new Keeper.Tell(after, replyTo), tellWithin);
  }

  private final class OfKeeper implements Folder {
    private final String identity;
    private final String worker;
    private final ActorRef<Keeper.Message> keeper;
    private final List<Kept> artifacts;

    private OfKeeper(
        String identity, String worker, ActorRef<Keeper.Message> keeper, List<Kept> artifacts) {
      this.identity = identity;
      this.worker = worker;
      this.keeper = keeper;
      this.artifacts = artifacts;
    }

    @Override
    public String identity() {
      return identity;
    }

    @Override
    public List<Kept> artifacts() {
      return artifacts;
    }

    @Override
    public CompletableFuture<Gone> remove(Set<StageKey> keys, Duration unused) {
      return remove(List.copyOf(keys), unused, new Gone(Set.of(), ""));
    }

    /** One group after the other; a keeper that does not answer gets no more messages. */
    private CompletableFuture<Gone> remove(List<StageKey> keys, Duration unused, Gone before) {
      if (keys.isEmpty()) {
        return CompletableFuture.completedFuture(before);
      }
      int end = Math.min(AT_ONCE, keys.size());
      Set<StageKey> some = Set.copyOf(keys.subList(0, end));
      return keepers
          .<Keeper.Removed>ask(
              keeper, replyTo -> new Keeper.Remove(some, unused, replyTo), REMOVE_WITHIN)
          .thenCompose(
              answer ->
                  answer.isPresent()
                      ? remove(
                          keys.subList(end, keys.size()), unused, both(before, answer.get().gone()))
                      : CompletableFuture.completedFuture(both(before, silent())));
    }

    private Gone silent() {
      return new Gone(
          Set.of(), "has not reported in time what it removed; it may still be removing files");
    }

    private Gone both(Gone one, Gone other) {
      Set<StageKey> keys = new HashSet<>(one.keys());
      keys.addAll(other.keys());
      String problem = other.problem().isEmpty() ? "" : "worker " + worker + ": " + other.problem();
      return new Gone(
          keys,
          Stream.of(one.problem(), problem)
              .filter(text -> !text.isEmpty())
              .collect(Collectors.joining("; ")));
    }
  }
}
