package dev.secateur.actors.node;

import dev.secateur.actors.node.Leftovers.Gone;
import dev.secateur.actors.node.Leftovers.Place;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The leftovers in workers' work folders, as a coordinator's cleaning sees them. */
interface WorkerLeftovers {
  /** Where there are no workers. */
  WorkerLeftovers NONE = () -> new Listing(List.of(), List.of());

  /** Has a worker remove what is left behind under some names. */
  @FunctionalInterface
  interface Removal {
    /**
     * Answered in any case, and within some minutes.
     *
     * @param unused for how long at least
     */
    CompletableFuture<Gone> of(Set<String> names, Duration unused);
  }

  /**
   * A folder; once, however many workers it has.
   *
   * @param worker one that has it
   * @param content all of it
   */
  record Folder(Place place, String worker, Leftovers.Listing content, Removal removal) {}

  /**
   * What workers have told.
   *
   * @param problems whose folders are unknown
   */
  record Listing(List<Folder> folders, List<String> problems) {}

  /** Asks all workers; blocks, for a minute at the most where none answers. */
  Listing list();
}
