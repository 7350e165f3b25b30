package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import dev.secateur.coordinator.schedule.FailureRun;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerId;
import dev.secateur.protocol.WorkerSummary;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Workers that get nothing for now, by what they tell and how they fare. */
class WorkerConditionsTest extends CoordinatorFixture {
  private static final WorkerId TWO = new WorkerId("two", "1");
  private static final Outcome BROKEN = new Outcome.Failed(FailureKind.INTERNAL, "disk broken");

  WorkerConditionsTest() {
    super(true);
  }

  private void tick(Duration passed) {
    now = now.plus(passed);
    ManualTime.get(kit.system()).timePasses(TIMING.tick());
  }

  private Optional<WorkerSummary.Problem> condition() {
    TestProbe<CoordinatorProtocol.Workers> workers = kit.createTestProbe();
    coordinator.tell(new CoordinatorProtocol.ListWorkers(workers.getRef()));
    return workers.receiveMessage().workers().get(0).condition().problem();
  }

  private void awaitCondition(Optional<WorkerSummary.State> state) {
    worker.awaitAssert(
        () -> {
          assertThat(condition().map(WorkerSummary.Problem::state)).isEqualTo(state);
          return worker;
        });
  }

  private void request(long free) {
    Capabilities capabilities =
        new Capabilities(
                "cpu",
                1L << 30,
                Set.of(Precision.values()),
                Map.of(),
                Set.of(),
                CodeVersion.CURRENT)
            .with(new DiskRoom("/w", free, 1L << 30, Map.of()));
    coordinator.tell(new WorkProtocol.RequestWork(ONE, capabilities, "", worker.getRef()));
  }

  @Test
  void aWorkerWithoutRoomGetsNothingUntilItHasSome() {
    submit("s");
    request(1L << 29);
    worker.expectNoMessage();
    tick(Duration.ZERO);
    awaitCondition(Optional.of(WorkerSummary.State.LOW_DISK));
    request(1L << 31);
    worker.expectMessageClass(WorkProtocol.Assign.class);
  }

  @Test
  void aWorkerThatFailsDifferentStagesIsPutAsideAndComesBack() {
    kit.stop(coordinator);
    FailureRun.Rule two = new FailureRun.Rule(2, Duration.ofSeconds(30), Duration.ofMinutes(9));
    coordinator =
        kit.spawn(
            Coordinator.create(
                new Coordinator.Timing(TIMING.lease(), TIMING.tick(), two),
                new ArtifactExchange.SharedFolder(),
                reporting(),
                () -> now));
    submit("s");
    Task first = ask(ONE);
    Task other = ask(TWO);
    report(first, BROKEN); // which waits for the other worker now
    report(other, done(other));
    report(ask(ONE), BROKEN);
    assertThat(condition())
        .hasValueSatisfying(
            one -> {
              assertThat(one.state()).isEqualTo(WorkerSummary.State.PUT_ASIDE);
              assertThat(one.reason()).contains("the last: disk broken");
            });
    request(1L << 31);
    worker.expectNoMessage();
    tick(Duration.ofSeconds(31));
    awaitCondition(Optional.empty());
    coordinator.tell(new WorkProtocol.Leave(TWO));
    request(1L << 31);
    Task again = worker.expectMessageClass(WorkProtocol.Assign.class).task();
    report(again, done(again));
    assertThat(condition()).isEmpty();
  }
}
