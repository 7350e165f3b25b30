package dev.secateur.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.protocol.Disk;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkProtocol.ToCoordinator;
import dev.secateur.protocol.WorkProtocol.ToWorker;
import dev.secateur.protocol.WorkerId;
import dev.secateur.tensor.DeviceLostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The worker's states, with a device that does what the test says. */
class WorkerTest {
  private static final WorkerId ID = new WorkerId("one", "1");
  private static final Worker.Timing TIMING =
      new Worker.Timing(
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(3),
          Duration.ofSeconds(60));
  private static final String LOST =
      "the GPU cuda:1 has failed: CUDA error: uncorrectable ECC error encountered";
  private static final Outcome DONE =
      new Outcome.Succeeded(
          new ArtifactRef(new StageKey("k"), StageKind.DISCOVERY, "sha", 1),
          Map.of(),
          1,
          false,
          Map.of());

  private ActorTestKit kit;
  private ManualTime time;
  private TestProbe<ToCoordinator> coordinator;
  private final CountDownLatch finish = new CountDownLatch(1);
  private final CountDownLatch stuck = new CountDownLatch(1);
  private final CompletableFuture<String> lost = new CompletableFuture<>();
  private final CountDownLatch begun = new CountDownLatch(1);

  @BeforeEach
  void start() {
    kit =
        ActorTestKit.create(
            ManualTime.config()
                .withFallback(
                    ConfigFactory.parseString(
                        "device { type = Dispatcher, executor = thread-pool-executor,"
                            + " thread-pool-executor.fixed-pool-size = 1 }")));
    time = ManualTime.get(kit.system());
    coordinator = kit.createTestProbe();
  }

  @AfterEach
  void stop() {
    finish.countDown();
    kit.shutdownTestKit();
  }

  private final class Restarted implements Worker.Surroundings {
    @Override
    public Optional<String> lastWords() {
      return Optional.of("final output");
    }

    @Override
    public void stuck() {
      stuck.countDown();
    }

    @Override
    public void lost(String reason) {
      lost.complete(reason);
    }
  }

  private ActorRef<Worker.Command> spawn(TaskRunner runner) {
    return kit.spawn(
        Worker.create(ID, new Restarted(), runner, coordinator.getRef(), TIMING, "device"));
  }

  /** Works until the test says so, looking whether it is cancelled. */
  private Outcome untilFinished(Task task, Consumer<Progress> progress) {
    begun.countDown();
    try {
      do { // a step takes a millisecond; faster ones would bury the worker under their progress
        progress.accept(new Progress(3, 7, "loss 1.0"));
      } while (!finish.await(1, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return DONE;
  }

  private static Task task(long lease) {
    return task(lease, CodeVersion.CURRENT);
  }

  private static Task task(long lease, CodeVersion version) {
    StageSpec spec = new DiscoverySpec(new ModelRef("m", "/m", "h", 2));
    StageKey key = new StageKey("k");
    return new Task(
        new Lease(lease, key, 1, ID),
        new SweepId("s"),
        new Stage(key, StageKind.DISCOVERY, spec, List.of(), new MemoryNeed.Unknown()),
        version);
  }

  private ActorRef<ToWorker> asked() {
    return coordinator.expectMessageClass(WorkProtocol.RequestWork.class).replyTo();
  }

  /** Gives the worker a task, which it says that it has begun. */
  private void assign(ActorRef<ToWorker> worker) {
    worker.tell(new WorkProtocol.Assign(task(5), new ArtifactExchange.SharedFolder()));
    assertThat(coordinator.expectMessageClass(WorkProtocol.Heartbeat.class).lease()).isEqualTo(5);
  }

  @Test
  void asksForWorkUntilItGetsSome() {
    spawn((task, progress) -> DONE);
    asked();
    coordinator.expectNoMessage();
    time.timePasses(TIMING.ask());
    asked();
    time.timePasses(TIMING.ask());
    asked();
  }

  @Test
  void reportsUntilTheReportIsAcknowledgedAndAsksAgain() {
    spawn((task, progress) -> DONE);
    assign(asked());
    WorkProtocol.Report report = coordinator.expectMessageClass(WorkProtocol.Report.class);
    assertThat(report.lease()).isEqualTo(5);
    assertThat(report.outcome()).isEqualTo(DONE);
    time.timePasses(TIMING.resend());
    coordinator.expectMessageClass(WorkProtocol.Report.class);
    report.replyTo().tell(new WorkProtocol.Acknowledge(4));
    time.timePasses(TIMING.resend());
    coordinator.expectMessageClass(WorkProtocol.Report.class);
    report.replyTo().tell(new WorkProtocol.Acknowledge(5));
    asked();
  }

  @Test
  void showsThatItIsAliveWhileTheDeviceIsBusy() throws InterruptedException {
    spawn(this::untilFinished);
    assign(asked());
    begun.await();
    coordinator.expectNoMessage();
    time.timePasses(TIMING.heartbeat());
    WorkProtocol.Heartbeat beat = coordinator.expectMessageClass(WorkProtocol.Heartbeat.class);
    assertThat(beat.lease()).isEqualTo(5);
    assertThat(beat.progress()).isEqualTo(new Progress(3, 7, "loss 1.0"));
    finish.countDown();
    coordinator.expectMessageClass(WorkProtocol.Report.class);
  }

  @Test
  void ignoresASecondTaskWhileItIsBusy() throws InterruptedException {
    spawn(this::untilFinished);
    ActorRef<ToWorker> worker = asked();
    assign(worker);
    begun.await();
    worker.tell(new WorkProtocol.Assign(task(6), new ArtifactExchange.SharedFolder()));
    finish.countDown();
    assertThat(coordinator.expectMessageClass(WorkProtocol.Report.class).lease()).isEqualTo(5);
  }

  @Test
  void stopsBetweenStepsAndReportsNothingOnceItsLeaseIsRevoked() throws InterruptedException {
    spawn(this::untilFinished);
    ActorRef<ToWorker> worker = asked();
    assign(worker);
    begun.await();
    worker.tell(new WorkProtocol.Revoke(4));
    worker.tell(new WorkProtocol.Revoke(5));
    asked(); // idle again, with nothing reported
  }

  @Test
  void givesUpItsTaskAndLeavesWhenItIsStopped() throws InterruptedException {
    ActorRef<Worker.Command> worker = spawn(this::untilFinished);
    assign(asked());
    begun.await();
    worker.tell(new Worker.Stop());
    coordinator.expectMessage(new WorkProtocol.Leave(ID));
    coordinator.expectTerminated(worker);
  }

  @Test
  void givesATaskOfAnotherCodeVersionBackAndRestsForAWhile() {
    spawn((task, progress) -> DONE);
    CodeVersion next = new CodeVersion(CodeVersion.CURRENT.number() + 1);
    asked().tell(new WorkProtocol.Assign(task(5, next), new ArtifactExchange.SharedFolder()));
    coordinator.expectMessage(new WorkProtocol.Leave(ID));
    time.timePasses(Duration.ofSeconds(59));
    coordinator.expectNoMessage();
    time.timePasses(Duration.ofSeconds(1));
    assign(asked());
    coordinator.expectMessageClass(WorkProtocol.Report.class);
  }

  @Test
  void tellsWhatWentWrongInOneLine() {
    TaskRunner broken =
        (task, progress) -> {
          throw new InputException("config.json: 'hidden_size' is missing");
        };
    spawn(broken);
    assign(asked());
    assertThat(coordinator.expectMessageClass(WorkProtocol.Report.class).outcome())
        .isEqualTo(new Outcome.Failed(FailureKind.INPUT, "config.json: 'hidden_size' is missing"));
  }

  @Test
  void endsItsProcessWhenTheDeviceCannotBeHadBack() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    spawn(
        (task, progress) -> {
          begun.countDown();
          try {
            never.await(); // native code that looks at no cancellation
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return DONE;
        });
    WorkProtocol.RequestWork request =
        coordinator.expectMessageClass(WorkProtocol.RequestWork.class);
    assertThat(request.lastWords()).isEqualTo("final output");
    assign(request.replyTo());
    begun.await();
    time.timePasses(TIMING.heartbeat());
    coordinator
        .expectMessageClass(WorkProtocol.Heartbeat.class)
        .replyTo()
        .tell(new WorkProtocol.Revoke(5));
    coordinator.expectNoMessage();
    time.timePasses(TIMING.grace());
    assertThat(stuck.await(10, TimeUnit.SECONDS)).isTrue();
    never.countDown();
  }

  private ActorRef<ToWorker> reportsThatItsGpuHasFailed() {
    spawn(
        (task, progress) -> {
          throw DeviceLostException.of(
                  new EngineException("CUDA error: uncorrectable ECC error encountered"),
                  Device.gpu(1))
              .orElseThrow();
        });
    assign(asked());
    WorkProtocol.Report report = coordinator.expectMessageClass(WorkProtocol.Report.class);
    assertThat(report.outcome()).isEqualTo(new Outcome.Failed(FailureKind.INTERNAL, LOST));
    assertThat(lost).isNotDone();
    return report.replyTo();
  }

  @Test
  void endsItsProcessWithTheReasonOnceItsFailedGpuIsReported() {
    reportsThatItsGpuHasFailed().tell(new WorkProtocol.Acknowledge(5));
    assertThat(lost).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(LOST);
  }

  @Test
  void endsItsProcessAlsoWhereNobodyHearsThatItsGpuHasFailed() {
    reportsThatItsGpuHasFailed();
    time.timePasses(TIMING.grace());
    assertThat(lost).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(LOST);
  }

  @Test
  void tellsTheRoomOnItsDiskAndGivesATaskBackThatItHasNoRoomFor() {
    DiskRoom room = new DiskRoom("/w", 9, 5, Map.of());
    spawn(
        new TaskRunner() {
          @Override
          public Outcome run(Task task, Consumer<Progress> progress) {
            throw new NoRoomException("no room");
          }

          @Override
          public Disk disk() {
            return room;
          }
        });
    WorkProtocol.RequestWork request =
        coordinator.expectMessageClass(WorkProtocol.RequestWork.class);
    assertThat(request.capabilities().disk()).isEqualTo(room);
    assign(request.replyTo());
    coordinator.expectMessage(new WorkProtocol.Leave(ID));
    asked(); // and nothing was reported, which would count as an attempt
  }
}
