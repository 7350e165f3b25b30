package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.eventstream.EventStream;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.coordinator.disk.Retention;
import dev.secateur.coordinator.disk.Upkeep;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.WorkProtocol;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A coordinator whose disk has no room for artifacts for a while. */
class StoreWatchTest extends CoordinatorFixture {
  private final BlockingQueue<Boolean> looked = new LinkedBlockingQueue<>();
  private volatile Optional<String> problem = Optional.of("/w/artifacts has 3 MiB free");

  StoreWatchTest() {
    super(false);
  }

  private final class Disk implements Housekeeping {
    @Override
    public Optional<String> storeProblem() {
      looked.add(true);
      return problem;
    }
  }

  @Test
  void noStageIsGivenOutWhileThereIsNoRoomAndEachChangeIsToldOnce() throws Exception {
    coordinator =
        kit.spawn(
            Coordinator.create(
                TIMING,
                new ArtifactExchange.SharedFolder(),
                reporting(),
                new Upkeep(new Disk(), Retention.FOREVER),
                () -> now,
                CodeVersion.CURRENT));
    TestProbe<Notice> notices = kit.createTestProbe();
    kit.system().eventStream().tell(new EventStream.Subscribe<>(Notice.class, notices.getRef()));
    ManualTime time = ManualTime.get(kit.system());
    time.timePasses(TIMING.tick());
    Notice full = awaitNotice(notices, "store-full");
    looked.clear();
    assertThat(full.fields().get("reason"))
        .isEqualTo(
            "/w/artifacts has 3 MiB free; no stage is assigned until there is room (free some"
                + " with secateur gc)");
    submit("s");
    request(ONE, CodeVersion.CURRENT);
    time.timePasses(TIMING.tick());
    assertThat(looked.poll(10, TimeUnit.SECONDS)).as("once more").isTrue();
    worker.expectNoMessage();

    problem = Optional.empty();
    time.timePasses(TIMING.tick());
    awaitNotice(notices, "store-has-room");
    assertThat(worker.expectMessageClass(WorkProtocol.Assign.class).task().stage()).isNotNull();
  }

  private static Notice awaitNotice(TestProbe<Notice> notices, String event) {
    Notice notice = notices.receiveMessage();
    while (!notice.event().equals(event)) {
      assertThat(notice.event()).doesNotStartWith("store-");
      notice = notices.receiveMessage();
    }
    return notice;
  }
}
