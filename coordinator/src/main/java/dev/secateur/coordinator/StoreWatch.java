package dev.secateur.coordinator;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.Notice;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Watches whether the store of artifacts has room. While it has none, no stage is assigned, since
 * its artifact could not be stored. Not journalled; each change is reported once.
 */
final class StoreWatch {
  /**
   * @param problem why the store has no room; empty where it has, or where that is unknown
   */
  record Looked(String problem) implements CoordinatorMessage, NoSerializationVerificationNeeded {}

  private final ActorContext<CoordinatorMessage> context;
  private final Housekeeping housekeeping;
  private final Consumer<Notice> notices;
  private final Executor blocking;
  private boolean looking;
  private boolean full;

  StoreWatch(
      ActorContext<CoordinatorMessage> context,
      Housekeeping housekeeping,
      Consumer<Notice> notices) {
    this.context = context;
    this.housekeeping = housekeeping;
    this.notices = notices;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
  }

  boolean isFull() {
    return full;
  }

  /** Has the disk looked at, off the coordinator's thread. */
  void look() {
    if (!looking) {
      looking = true;
      context.pipeToSelf(
          CompletableFuture.supplyAsync(housekeeping::storeProblem, blocking),
          (problem, failure) -> new Looked(failure == null ? problem.orElse("") : ""));
    }
  }

  void looked(Looked looked) {
    looking = false;
    boolean wasFull = full;
    full = !looked.problem().isEmpty();
    if (full && !wasFull) {
      String reason =
          looked.problem()
              + "; no stage is assigned until there is room (free some with secateur gc)";
      context.getLog().warn("artifacts: {}", reason);
      notices.accept(new Notice("coordinator", "store-full", Map.of("reason", reason)));
    } else if (wasFull && !full) {
      notices.accept(new Notice("coordinator", "store-has-room", Map.of()));
    }
  }
}
