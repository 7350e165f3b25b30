package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NodeAnswersTest {
  @Test
  void aNodeWhoseGuardianFailsIsNotWaitedFor() {
    ActorSystem<Node.Command> system =
        ActorSystem.create(
            Behaviors.<Node.Command>setup(
                context -> {
                  throw new IllegalStateException("as it is to");
                }),
            "fails",
            ConfigFactory.parseString(
                    "akka.loglevel = OFF, akka.stdout-loglevel = OFF, akka.actor.provider = local")
                .withFallback(ConfigFactory.load()));
    system.getWhenTerminated().toCompletableFuture().join();
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> assertThatThrownBy(() -> Node.coordinator(system)).isInstanceOf(Exception.class));
  }
}
