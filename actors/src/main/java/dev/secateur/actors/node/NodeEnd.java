package dev.secateur.actors.node;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import dev.secateur.actors.events.NodeLog;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Reports why a node ends, and ensures that its process ends. */
public final class NodeEnd {
  private static final Duration WITHIN = Duration.ofSeconds(90);
  private static final int HALTED = 1;

  private NodeEnd() {}

  /**
   * Halts this process if a system is not gone so long after it has begun to end.
   *
   * @param talk is given each line
   */
  public static void watch(ActorSystem<?> system, Consumer<String> talk) {
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind(),
            "see-to-the-end",
            () -> {
              String why = TerminationReason.of(system).why();
              if (!why.isEmpty()) {
                talk.accept("this node shuts down: " + why);
              }
              Thread thread = new Thread(() -> wait(system, talk), "see-to-the-end");
              thread.setDaemon(true);
              thread.start();
              return CompletableFuture.completedFuture(Done.getInstance());
            });
  }

  /** Ends this process at once, with what it has logged written. */
  static void halt(int code) {
    NodeLog.flush();
    Runtime.getRuntime().halt(code);
  }

  private static void wait(ActorSystem<?> system, Consumer<String> talk) {
    try {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      talk.accept(
          "this node did not shut down within " + WITHIN.toSeconds() + " s; its process is halted");
      halt(HALTED);
    } catch (Exception e) {
      Thread.currentThread().interrupt();
    }
  }
}
