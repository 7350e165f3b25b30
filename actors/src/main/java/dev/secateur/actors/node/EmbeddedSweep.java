package dev.secateur.actors.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** A sweep that has an embedded cluster to itself. */
public final class EmbeddedSweep {
  private static final int PRIORITY = 10;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

  private EmbeddedSweep() {}

  /**
   * Submits it, replacing any other that was left unfinished.
   *
   * @param origin for its results to say
   */
  public static CompletableFuture<Submitted> submit(
      ActorSystem<Node.Command> system,
      WorkFolder work,
      SweepId id,
      SweepPlan plan,
      Origin origin) {
    return AskPattern.<CoordinatorMessage, Submitted>ask(
            Node.coordinator(system),
            replyTo ->
                new Submit(
                    id,
                    plan,
                    work.runs().resolve(id.value()).toString(),
                    true,
                    PRIORITY,
                    IdempotencyKey.NONE,
                    Instant.now(),
                    origin,
                    replyTo),
            ANSWER_WITHIN,
            system.scheduler())
        .toCompletableFuture();
  }
}
