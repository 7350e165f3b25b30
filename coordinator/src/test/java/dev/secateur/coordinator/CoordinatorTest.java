package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.eventstream.EventStream;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.NodeRemoved;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Every message and event goes through serialization. */
class CoordinatorTest extends CoordinatorFixture {
  CoordinatorTest() {
    super(true);
  }

  @Test
  void runsASweepAndWritesItsResults() {
    TestProbe<SweepReported> reports = kit.createTestProbe();
    kit.system()
        .eventStream()
        .tell(new EventStream.Subscribe<>(SweepReported.class, reports.getRef()));
    assertThat(submit("s").resumed()).isFalse();
    for (int stage = 0; stage < 5; stage++) {
      Task task = ask(ONE);
      report(task, done(task));
    }
    SweepReported reported = reports.receiveMessage(Duration.ofSeconds(20));
    assertThat(reported.problem()).isEmpty();
    assertThat(reported.results().completed()).isEqualTo(1);
    assertThat(reported.results().trials().get(0).metric("pruned", "perplexity")).contains(7.5);
    assertThat(reported.files()).hasSize(6).allMatch(Files::isRegularFile);
    assertThat(folder.resolve("events.jsonl"))
        .content()
        .startsWith("{\"sequence\":1,")
        .containsPattern("\"event\":\"sweep-completed\".*\n$");
    Provenance provenance = reported.results().provenance().orElseThrow();
    assertThat(provenance.ended()).isNotEmpty();
    assertThat(provenance.computed().stream().mapToInt(Provenance.Computed::stages).sum())
        .isEqualTo(5);
  }

  /** As when the coordinator is killed between the last outcome and the results. */
  @Test
  void writesTheResultsOfASweepThatEndedInAnEarlierLife() throws IOException {
    Path inTheWay = Files.createFile(folder.resolve("run"));
    submit("s", inTheWay);
    for (int stage = 0; stage < 5; stage++) {
      Task task = ask(ONE);
      report(task, done(task));
    }
    assertThat(statuses()).as("to clients").containsExactly(SweepStatus.RUNNING);
    kit.stop(coordinator);
    Files.delete(inTheWay);
    TestProbe<SweepReported> reports = kit.createTestProbe();
    kit.system()
        .eventStream()
        .tell(new EventStream.Subscribe<>(SweepReported.class, reports.getRef()));
    coordinator =
        kit.spawn(
            Coordinator.create(
                TIMING, new ArtifactExchange.SharedFolder(), reporting(), () -> now));
    SweepReported reported = reports.receiveMessage(Duration.ofSeconds(20));
    assertThat(reported.results().completed()).isEqualTo(1);
    assertThat(reported.results().trials().get(0).metric("pruned", "perplexity")).contains(7.5);
    assertThat(reported.files()).hasSize(6).allMatch(Files::isRegularFile);
    assertThat(statuses()).containsExactly(SweepStatus.COMPLETED);
    kit.stop(coordinator);
    coordinator =
        kit.spawn(
            Coordinator.create(
                TIMING, new ArtifactExchange.SharedFolder(), reporting(), () -> now));
    assertThat(statuses()).containsExactly(SweepStatus.COMPLETED);
    reports.expectNoMessage();
  }

  @Test
  void answersARepeatedRequestWithTheSameLease() {
    submit("s");
    assertThat(ask(ONE)).isEqualTo(ask(ONE));
  }

  @Test
  void takesALeaseBackOnceItsHeartbeatsStop() {
    submit("s");
    Task task = ask(ONE);
    pass(Duration.ofSeconds(50));
    beat(task.lease().id());
    worker.expectNoMessage();
    pass(Duration.ofSeconds(50));
    assertThat(ask(ONE)).isEqualTo(task);
    pass(Duration.ofSeconds(70));
    assertThat(ask(new WorkerId("two", "1")).stage()).isEqualTo(task.stage());
    beat(task.lease().id());
    worker.expectMessage(new WorkProtocol.Revoke(task.lease().id()));
  }

  @Test
  void freesTheLeasesOfANodeThatTheClusterHasRemoved() {
    submit("s");
    Task task = ask(ONE);
    coordinator.tell(new NodeRemoved("secateur@elsewhere:1"));
    assertThat(ask(ONE)).as("another node was removed").isEqualTo(task);
    TestProbe<JournalledEvent> events = listen();
    now = now.plus(Duration.ofSeconds(17));
    coordinator.tell(new NodeRemoved(worker.getRef().path().address().hostPort()));
    assertThat(events.receiveMessage().event())
        .isEqualTo(
            new SweepEvent.LeaseExpired(
                task.lease().id(), task.stage().key(), task.stage().kind(), 17));
    assertThat(ask(new WorkerId("two", "1")).stage()).isEqualTo(task.stage());
    coordinator.tell(
        new WorkProtocol.RequestWork(
            new WorkerId("one", "2"),
            capabilities(CodeVersion.CURRENT),
            "signal 9",
            worker.getRef()));
    events.receiveMessage();
    assertThat(events.receiveMessage().event())
        .as("that its process ended at the stage still counts")
        .isInstanceOf(SweepEvent.WorkerCrashed.class);
  }

  @Test
  void endsAnAttemptThatTakesLongerThanTheSweepAllows() {
    submit("s", folder, "models = [a], ratios = [0.5], criteria = [l2], timeouts.evaluation = 3 m");
    Task task = ask(ONE);
    TestProbe<JournalledEvent> events = listen();
    for (int minute = 0; minute < 3; minute++) {
      beat(task.lease().id());
      assertThat(statuses()).as("and it is heard").containsExactly(SweepStatus.RUNNING);
      pass(Duration.ofMinutes(1));
    }
    events.expectNoMessage();
    beat(task.lease().id());
    assertThat(statuses()).containsExactly(SweepStatus.RUNNING);
    pass(Duration.ofSeconds(1));
    assertThat(events.receiveMessage().event()).isInstanceOf(SweepEvent.StageRetried.class);
    beat(task.lease().id());
    worker.expectMessage(new WorkProtocol.Revoke(task.lease().id()));
  }

  private TestProbe<JournalledEvent> listen() {
    TestProbe<JournalledEvent> events = kit.createTestProbe();
    kit.system()
        .eventStream()
        .tell(new EventStream.Subscribe<>(JournalledEvent.class, events.getRef()));
    return events;
  }

  private void pass(Duration time) {
    now = now.plus(time);
    ManualTime.get(kit.system()).timePasses(TIMING.tick());
  }

  @Test
  void givesTheTaskOfAWorkerThatLeftToAnother() {
    submit("s");
    Task task = ask(ONE);
    coordinator.tell(new WorkProtocol.Leave(ONE));
    Task again = ask(new WorkerId("two", "1"));
    assertThat(again.stage()).isEqualTo(task.stage());
    assertThat(again.lease().attempt()).isEqualTo(1);
    report(task, done(task)); // acknowledged, and refused: the lease is another's
    assertThat(ask(new WorkerId("two", "1"))).isEqualTo(again);
  }

  @Test
  void recordsADuplicateOutcomeOnce() {
    submit("s");
    TestProbe<JournalledEvent> events = kit.createTestProbe();
    kit.system()
        .eventStream()
        .tell(new EventStream.Subscribe<>(JournalledEvent.class, events.getRef()));
    Task task = ask(ONE);
    events.receiveMessage();
    report(task, done(task));
    report(task, done(task));
    assertThat(events.receiveMessage().event()).isInstanceOf(SweepEvent.StageCompleted.class);
    events.expectNoMessage();
  }

  @Test
  void aRequestStandsUntilThereIsWork() {
    request(ONE, CodeVersion.CURRENT);
    worker.expectNoMessage();
    submit("s");
    worker.expectMessageClass(WorkProtocol.Assign.class);
  }

  @Test
  void goesOnFromItsJournal() {
    submit("s");
    Task first = ask(ONE);
    report(first, done(first));
    Task second = ask(ONE);
    kit.stop(coordinator);
    coordinator =
        kit.spawn(
            Coordinator.create(
                TIMING, new ArtifactExchange.SharedFolder(), reporting(), () -> now));
    assertThat(submit("t"))
        .satisfies(
            answer -> {
              assertThat(answer.resumed()).isTrue();
              assertThat(answer.sweep()).isEqualTo(new SweepId("s"));
            });
    assertThat(ask(ONE)).isEqualTo(second);
    assertThat(ask(new WorkerId("one", "2")).stage()).isEqualTo(second.stage());
    assertThat(first.stage().kind()).isEqualTo(StageKind.EVALUATION);
  }
}
