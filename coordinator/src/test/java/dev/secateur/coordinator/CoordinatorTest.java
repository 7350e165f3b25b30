package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.eventstream.EventStream;
import akka.persistence.testkit.javadsl.EventSourcedBehaviorTestKit;
import com.typesafe.config.ConfigFactory;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkProtocol.ToWorker;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The coordinator with its journal in memory; every message and event goes through serialization.
 */
class CoordinatorTest {
  private static final Coordinator.Timing TIMING =
      new Coordinator.Timing(Duration.ofMinutes(1), Duration.ofSeconds(5));
  private static final Capabilities CAPABILITIES =
      new Capabilities("cpu", 1L << 30, Set.of(Precision.values()), Map.of(), Set.of());
  private static final WorkerId ONE = new WorkerId("one", "1");

  @TempDir Path folder;
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private ActorTestKit kit;
  private TestProbe<ToWorker> worker;
  private TestProbe<Submitted> client;
  private ActorRef<CoordinatorMessage> coordinator;

  @BeforeEach
  void start() {
    kit =
        ActorTestKit.create(
            ManualTime.config()
                .withFallback(
                    ConfigFactory.parseString("akka.persistence.testkit.events.serialize = on"))
                .withFallback(EventSourcedBehaviorTestKit.config())
                .withFallback(
                    ConfigFactory.parseString(
                        "akka.actor.serialize-messages = on, akka.actor.serialization-bindings {"
                            + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }")));
    worker = kit.createTestProbe();
    client = kit.createTestProbe();
    coordinator =
        kit.spawn(Coordinator.create(TIMING, Optional.empty(), new RunFolders(), () -> now));
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private static SweepPlan plan(String text) {
    FakeSources sources = new FakeSources("/");
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
  }

  private Submitted submit(String id) {
    return submit(id, folder);
  }

  private Submitted submit(String id, Path runFolder) {
    SweepPlan plan = plan("models = [a], ratios = [0.5], criteria = [l2]");
    coordinator.tell(
        new Submit(
            new SweepId(id),
            plan,
            runFolder.toString(),
            true,
            10,
            Optional.empty(),
            Instant.EPOCH,
            client.getRef()));
    return client.receiveMessage();
  }

  private Task ask(WorkerId id) {
    coordinator.tell(
        new WorkProtocol.RequestWork(id, CAPABILITIES, Optional.empty(), worker.getRef()));
    return worker.expectMessageClass(WorkProtocol.Assign.class).task();
  }

  private void report(Task task, Outcome outcome) {
    long lease = task.lease().id();
    coordinator.tell(
        new WorkProtocol.Report(task.lease().worker(), lease, outcome, worker.getRef()));
    worker.expectMessage(new WorkProtocol.Acknowledge(lease));
  }

  private static Outcome done(Task task) {
    return new Outcome.Succeeded(
        new ArtifactRef(task.stage().key(), task.stage().kind(), "sha", 1),
        Map.of("perplexity", 7.5, "parameters_before", 100.0, "parameters_after", 50.0),
        1,
        false);
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
    assertThat(reported.results().trials().get(0).perplexityPruned()).contains(7.5);
    assertThat(reported.files()).hasSize(4).allMatch(Files::isRegularFile);
  }

  /** Stages that whoever looks at them, or at all of them one by one, waits for. */
  private static final class SlowStages extends AbstractList<Stage> {
    private final List<Stage> all;
    private final boolean oneByOne;
    private final CountDownLatch lookedAt = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);

    SlowStages(List<Stage> all, boolean oneByOne) {
      this.all = all;
      this.oneByOne = oneByOne;
    }

    @Override
    public Stage get(int index) {
      return all.get(index);
    }

    @Override
    public int size() {
      hold(!oneByOne);
      return all.size();
    }

    @Override
    public Iterator<Stage> iterator() {
      hold(oneByOne);
      return all.iterator();
    }

    private void hold(boolean here) {
      if (here) {
        lookedAt.countDown();
        try {
          assertThat(letGo.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  @Test
  void answersOthersWhileALargePlanIsIndexed() throws InterruptedException {
    answersOthersWhile(false);
  }

  @Test
  void answersOthersWhileTheJournalWritesALargePlan() throws InterruptedException {
    answersOthersWhile(true);
  }

  /**
   * @param written whether the plan is being written, or else indexed
   */
  private void answersOthersWhile(boolean written) throws InterruptedException {
    SweepPlan plan = plan("models = [a], ratios = [0.5], criteria = [l2]");
    SlowStages stages = new SlowStages(plan.stages(), written);
    coordinator.tell(
        new Submit(
            new SweepId("large"),
            new SweepPlan("large", "d", plan.trials(), stages, plan.recoverWhen(), plan.attempts()),
            folder.toString(),
            false,
            10,
            Optional.empty(),
            Instant.EPOCH,
            client.getRef()));
    assertThat(stages.lookedAt.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(statuses()).as("the plan is worked on still").isEmpty();
    beat(7);
    worker.expectMessage(new WorkProtocol.Revoke(7));
    client.expectNoMessage();
    stages.letGo.countDown();
    assertThat(client.receiveMessage().sweep()).isEqualTo(new SweepId("large"));
    assertThat(statuses()).containsExactly(SweepStatus.RUNNING);
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
        kit.spawn(Coordinator.create(TIMING, Optional.empty(), new RunFolders(), () -> now));
    SweepReported reported = reports.receiveMessage(Duration.ofSeconds(20));
    assertThat(reported.results().completed()).isEqualTo(1);
    assertThat(reported.results().trials().get(0).perplexityPruned()).contains(7.5);
    assertThat(reported.files()).hasSize(4).allMatch(Files::isRegularFile);
    assertThat(statuses()).containsExactly(SweepStatus.COMPLETED);
    kit.stop(coordinator);
    coordinator =
        kit.spawn(Coordinator.create(TIMING, Optional.empty(), new RunFolders(), () -> now));
    assertThat(statuses()).containsExactly(SweepStatus.COMPLETED);
    reports.expectNoMessage();
  }

  private List<SweepStatus> statuses() {
    TestProbe<CoordinatorProtocol.Sweeps> lists = kit.createTestProbe();
    coordinator.tell(new CoordinatorProtocol.ListSweeps(lists.getRef()));
    return lists.receiveMessage().sweeps().stream().map(SweepSummary::status).toList();
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

  private void pass(Duration time) {
    now = now.plus(time);
    ManualTime.get(kit.system()).timePasses(TIMING.tick());
  }

  private void beat(long lease) {
    coordinator.tell(
        new WorkProtocol.Heartbeat(ONE, lease, new Progress(1, 2, ""), worker.getRef()));
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
    coordinator.tell(
        new WorkProtocol.RequestWork(ONE, CAPABILITIES, Optional.empty(), worker.getRef()));
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
        kit.spawn(Coordinator.create(TIMING, Optional.empty(), new RunFolders(), () -> now));
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
