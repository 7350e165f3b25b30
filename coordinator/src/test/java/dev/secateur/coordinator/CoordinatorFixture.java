package dev.secateur.coordinator;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.ManualTime;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.persistence.testkit.javadsl.EventSourcedBehaviorTestKit;
import com.typesafe.config.ConfigFactory;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.Reporting;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkProtocol.ToWorker;
import dev.secateur.protocol.WorkerId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator with its journal in memory, a worker and a client; events go through serialization.
 */
abstract class CoordinatorFixture {
  static final Coordinator.Timing TIMING =
      new Coordinator.Timing(Duration.ofMinutes(1), Duration.ofSeconds(5));
  static final WorkerId ONE = new WorkerId("one", "1");

  private final boolean serialized;

  @TempDir Path folder;
  volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  ActorTestKit kit;
  TestProbe<ToWorker> worker;
  TestProbe<Submitted> client;
  ActorRef<CoordinatorMessage> coordinator;

  /**
   * @param serialized whether messages go through serialization as well, on the sender's thread
   */
  CoordinatorFixture(boolean serialized) {
    this.serialized = serialized;
  }

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
                        "akka.actor.serialize-messages = "
                            + (serialized ? "on" : "off")
                            + ", akka.actor.serialization-bindings {"
                            + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }")));
    worker = kit.createTestProbe();
    client = kit.createTestProbe();
    coordinator =
        kit.spawn(
            Coordinator.create(
                TIMING, new ArtifactExchange.SharedFolder(), reporting(), () -> now));
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  /** Run folders on disk, and the events that the coordinator has journalled. */
  Reporting reporting() {
    return new Reporting(
        new RunFolders(), new KitJournal(kit.system()), (stage, name) -> Optional.empty());
  }

  static SweepPlan plan(String text) {
    FakeSources sources = new FakeSources("/");
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
  }

  Submitted submit(String id) {
    return submit(id, folder);
  }

  Submitted submit(String id, Path runFolder) {
    return submit(id, runFolder, "models = [a], ratios = [0.5], criteria = [l2]");
  }

  Submitted submit(String id, Path runFolder, String text) {
    SweepPlan plan = plan(text);
    coordinator.tell(
        new Submit(
            new SweepId(id),
            plan,
            runFolder.toString(),
            true,
            10,
            IdempotencyKey.NONE,
            Instant.EPOCH,
            Origin.UNKNOWN,
            client.getRef()));
    return client.receiveMessage();
  }

  Task ask(WorkerId id) {
    request(id, CodeVersion.CURRENT);
    return worker.expectMessageClass(WorkProtocol.Assign.class).task();
  }

  /** A worker of that code version asks for work. */
  void request(WorkerId id, CodeVersion version) {
    coordinator.tell(new WorkProtocol.RequestWork(id, capabilities(version), "", worker.getRef()));
  }

  static Capabilities capabilities(CodeVersion version) {
    return new Capabilities(
        "cpu", 1L << 30, Set.of(Precision.values()), Map.of(), Set.of(), version);
  }

  void report(Task task, Outcome outcome) {
    long lease = task.lease().id();
    coordinator.tell(
        new WorkProtocol.Report(task.lease().worker(), lease, outcome, worker.getRef()));
    worker.expectMessage(new WorkProtocol.Acknowledge(lease));
  }

  static Outcome done(Task task) {
    return new Outcome.Succeeded(
        new ArtifactRef(task.stage().key(), task.stage().kind(), "sha", 1),
        Map.of("perplexity", 7.5, "parameters_before", 100.0, "parameters_after", 50.0),
        1,
        false,
        Map.of());
  }

  List<SweepStatus> statuses() {
    TestProbe<CoordinatorProtocol.Sweeps> lists = kit.createTestProbe();
    coordinator.tell(
        new CoordinatorProtocol.ListSweeps(new CoordinatorProtocol.Wanted.All(), lists.getRef()));
    return lists.receiveMessage().sweeps().stream().map(SweepSummary::status).toList();
  }

  void beat(long lease) {
    coordinator.tell(
        new WorkProtocol.Heartbeat(ONE, lease, new Progress(1, 2, ""), worker.getRef()));
  }
}
