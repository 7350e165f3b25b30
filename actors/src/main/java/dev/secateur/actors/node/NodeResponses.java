package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The responses of a node's guardian. */
final class NodeResponses {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private NodeResponses() {}

  /**
   * Waits for an answer; a system that has ended has no clock any more by which it could be late.
   *
   * @throws IllegalStateException when the node has ended
   */
  static <T> T of(ActorSystem<Node.Command> system, Function<ActorRef<T>, Node.Command> question) {
    CompletableFuture<T> answer =
        AskPattern.ask(system, question, WITHIN, system.scheduler()).toCompletableFuture();
    CompletableFuture.anyOf(answer, system.getWhenTerminated().toCompletableFuture())
        .exceptionally(failure -> null)
        .join();
    if (!answer.isDone()) {
      throw new IllegalStateException("the node shut down while it was starting; its log says why");
    }
    return answer.join();
  }
}
