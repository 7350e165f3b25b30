package dev.secateur.actors.events;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import com.typesafe.config.ConfigFactory;
import dev.secateur.coordinator.http.NodeLogs;
import dev.secateur.coordinator.http.NodeLogs.Filter;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogKeeperTest {
  @Test
  void aQuestionWithSomeOfTheFiltersCrossesProcesses() {
    ActorTestKit kit =
        ActorTestKit.create(
            ConfigFactory.parseString("akka.actor.provider = local")
                .withFallback(ConfigFactory.load()));
    try {
      NodeLogs.Question question =
          new NodeLogs.Question(Map.of(Filter.STAGE, "0123ab", Filter.SWEEP, "s"), 9);
      LogKeeper.Read read =
          LogKeeper.Read.of(question, kit.<LogKeeper.Lines>createTestProbe().ref());
      LogKeeper.Read back = kit.serializationTestKit().verifySerialization(read, true);
      assertThat(back.question()).isEqualTo(question);
    } finally {
      kit.shutdownTestKit();
    }
  }
}
