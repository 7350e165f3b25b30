package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import dev.secateur.actors.node.LeftoverKeeper.Listed;
import dev.secateur.actors.node.LeftoverKeeper.Message;
import dev.secateur.actors.node.LeftoverKeeper.Page;
import dev.secateur.actors.node.LeftoverKeeper.Unreadable;
import dev.secateur.actors.node.Leftovers.Gone;
import dev.secateur.actors.node.Leftovers.Left;
import dev.secateur.actors.node.Leftovers.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The leftovers in workers' work folders, accessed through the keepers of a cluster. */
final class LeftoverFolders implements WorkerLeftovers {
  private static final Duration TELL_WITHIN = Duration.ofSeconds(20);

  /** A half-written model of some ten gigabytes is deleted meanwhile by a slow disk. */
  private static final Duration REMOVE_WITHIN = Duration.ofMinutes(2);

  /** How many names one message to a worker has. */
  private static final int AT_ONCE = 100;

  private static final Gone SILENT =
      new Gone(
          Set.of(), "has not reported in time what it removed; it may still be removing files");

  private final PresentActors<Message> keepers;
  private final Duration tellWithin;

  /**
   * @param tellWithin how long a worker may take to tell some hundred names
   */
  LeftoverFolders(PresentActors<Message> keepers, Duration tellWithin) {
    this.keepers = keepers;
    this.tellWithin = tellWithin;
  }

  /** Hears of keepers from now on. */
  static LeftoverFolders of(ActorSystem<?> system) {
    return new LeftoverFolders(
        PresentActors.of(system, LeftoverKeeper.KEY, "leftover-keepers"), TELL_WITHIN);
  }

  private record Asked(
      ActorRef<Message> keeper, Place place, CompletableFuture<Optional<Page>> page) {}

  /** A folder, as its first page tells it. */
  private record Begun(Asked asked, String worker, Listed first) {}

  @Override
  public Listing list() {
    List<Asked> asked = new ArrayList<>();
    for (ActorRef<Message> keeper : keepers.now()) {
      for (Place place : Place.values()) {
        asked.add(new Asked(keeper, place, page(keeper, place, "")));
      }
    }
    Set<String> problems = new LinkedHashSet<>();
    Map<String, Begun> folders = new TreeMap<>();
    for (Asked one : asked) {
      Optional<Page> page = one.page().join();
      if (page.isEmpty()) {
        problems.add(
            "the node "
                + one.keeper().path().address().hostPort()
                + " does not report its leftover files");
      } else if (page.get().content() instanceof Unreadable unreadable) {
        problems.add("worker " + page.get().worker() + ": " + unreadable.problem());
      } else if (page.get().content() instanceof Listed first) {
        folders.putIfAbsent(first.listing().identity(), new Begun(one, page.get().worker(), first));
      }
    }
    List<Folder> listed = new ArrayList<>();
    folders.values().forEach(one -> listed.add(folder(one, problems)));
    return new Listing(listed, List.copyOf(problems));
  }

  /** A missing page leaves the list of the folder incomplete, and is reported. */
  private Folder folder(Begun begun, Set<String> problems) {
    Asked asked = begun.asked();
    String worker = begun.worker();
    Leftovers.Listing first = begun.first().listing();
    List<Left> left = new ArrayList<>(first.left());
    boolean more = begun.first().more();
    while (more) {
      String last = left.get(left.size() - 1).name();
      Optional<Page> page = page(asked.keeper(), asked.place(), last).join();
      if (page.isPresent() && page.get().content() instanceof Listed next) {
        left.addAll(next.listing().left());
        more = next.more();
      } else {
        problems.add("worker " + worker + " has not reported all its leftover files");
        more = false;
      }
    }
    return new Folder(
        asked.place(),
        worker,
        new Leftovers.Listing(first.identity(), first.folder(), List.copyOf(left), first.all()),
        (names, unused) ->
            new Removing(asked.keeper(), asked.place(), worker, unused)
                .after(new Gone(Set.of(), ""), List.copyOf(names)));
  }

  private CompletableFuture<Optional<Page>> page(
      ActorRef<Message> keeper, Place place, String after) {
    return keepers.ask(
        keeper, replyTo -> new LeftoverKeeper.Tell(place, after, replyTo), tellWithin);
  }

  /** One group after the other; a keeper that does not answer gets no more messages. */
  private final class Removing {
    private final ActorRef<Message> keeper;
    private final Place place;
    private final String worker;
    private final Duration unused;

    private Removing(ActorRef<Message> keeper, Place place, String worker, Duration unused) {
      this.keeper = keeper;
      this.place = place;
      this.worker = worker;
      this.unused = unused;
    }

    private CompletableFuture<Gone> after(Gone before, List<String> names) {
      if (names.isEmpty()) {
        return CompletableFuture.completedFuture(before);
      }
      int end = Math.min(AT_ONCE, names.size());
      Set<String> some = Set.copyOf(names.subList(0, end));
      CompletableFuture<Optional<LeftoverKeeper.Removed>> removed =
          keepers.ask(
              keeper,
              replyTo -> new LeftoverKeeper.Remove(place, some, unused, replyTo),
              REMOVE_WITHIN);
      return removed.thenCompose(
          answer ->
              answer.isPresent()
                  ? after(both(before, answer.get().gone()), names.subList(end, names.size()))
                  : CompletableFuture.completedFuture(both(before, SILENT)));
    }

    private Gone both(Gone one, Gone other) {
      Set<String> names = new HashSet<>(one.names());
      names.addAll(other.names());
      String problem = other.problem().isEmpty() ? "" : "worker " + worker + ": " + other.problem();
      return new Gone(
          names,
          Stream.of(one.problem(), problem)
              .filter(text -> !text.isEmpty())
              .collect(Collectors.joining("; ")));
    }
  }
}
