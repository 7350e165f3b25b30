package dev.secateur.coordinator;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.WorkProtocol;
import java.util.function.Predicate;

/**
 * Answers messages that change nothing while the journal writes. Other messages wait, and a large
 * sweep takes a while to write.
 */
final class PromptResponses extends BehaviorInterceptor<CoordinatorMessage, CoordinatorMessage> {
  private final Predicate<CoordinatorMessage> answer;

  /**
   * @param answer answers a message if it can, and says whether it did
   */
  PromptResponses(Predicate<CoordinatorMessage> answer) {
    super(CoordinatorMessage.class);
    this.answer = answer;
  }

  /** Whether a message changes nothing that the journal keeps. */
  static boolean concerns(CoordinatorMessage message) {
    return message instanceof CoordinatorProtocol.ListSweeps
        || message instanceof CoordinatorProtocol.ListWorkers
        || message instanceof WorkProtocol.Heartbeat;
  }

  @Override
  public Behavior<CoordinatorMessage> aroundReceive(
      TypedActorContext<CoordinatorMessage> context,
      CoordinatorMessage message,
      ReceiveTarget<CoordinatorMessage> target) {
    return concerns(message) && answer.test(message)
        ? Behaviors.same()
        : target.apply(context, message);
  }
}
