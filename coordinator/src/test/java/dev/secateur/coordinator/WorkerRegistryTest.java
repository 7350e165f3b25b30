package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.secateur.coordinator.schedule.FailureRun;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerRegistryTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final List<Notice> told = new ArrayList<>();
  private final WorkerRegistry registry =
      new WorkerRegistry(told::add, new Conditions(FailureRun.Rule.USUAL, told::add));

  private static WorkProtocol.Heartbeat beat(WorkerId worker) {
    return new WorkProtocol.Heartbeat(
        worker, 1, new Progress(0, 0, ""), TestInbox.<WorkProtocol.ToWorker>create().getRef());
  }

  @Test
  void saysWhyAWorkerLeft() {
    WorkerId one = new WorkerId("one", "1");
    WorkerId two = new WorkerId("two", "1");
    registry.progress(beat(one), NOW);
    registry.progress(beat(two), NOW);
    registry.left(one);
    registry.forget(NOW.plusSeconds(60), NOW);
    assertThat(told)
        .extracting(notice -> notice.event() + " " + notice.fields().get("reason"))
        .containsExactly(
            "worker-left it signed off",
            "worker-left it has sent nothing since 2026-01-01T00:00:00Z");
  }
}
