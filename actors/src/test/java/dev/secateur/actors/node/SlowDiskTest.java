package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkProtocol.ToCoordinator;
import dev.secateur.protocol.WorkProtocol.ToWorker;
import dev.secateur.protocol.WorkerId;
import dev.secateur.source.LocalFiles;
import dev.secateur.stage.StageRunner;
import dev.secateur.worker.Worker;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that stands still amid a stage, as a pipe does that nobody writes to. */
class SlowDiskTest {
  private static final Duration HEARTBEAT = Duration.ofMillis(100);
  private static final WorkerId ID = new WorkerId("one", "1");
  private static final String TEXT = "a dog runs after a cat and a cat runs after a mouse\n";

  @TempDir private Path folder;
  private ActorTestKit kit;
  private TestProbe<ToCoordinator> coordinator;
  private Path text;

  @BeforeEach
  void start() throws Exception {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString(
                "device { type = Dispatcher, executor = thread-pool-executor,"
                    + " thread-pool-executor.fixed-pool-size = 1 }"));
    coordinator = kit.createTestProbe();
    text = Files.writeString(folder.resolve("text.txt"), TEXT.repeat(20));
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private SweepPlan plan() {
    LocalSources sources =
        new LocalSources(new LocalFiles((file, done, all) -> {}, folder.resolve("models")));
    String sweep =
        "models = [demo], ratios = [0.25], criteria = [l2], evaluation { window = 32, text = \""
            + text
            + "\" }";
    return SweepPlanner.plan(SweepConfigReader.read(sweep, "sweep", sources), sources);
  }

  /** The file's content is behind a pipe from now on. */
  private Path stall() throws Exception {
    Path content = Files.move(text, folder.resolve("content"));
    assumeTrue(
        new ProcessBuilder("mkfifo", text.toString()).start().waitFor() == 0, "no pipes here");
    return content;
  }

  @Test
  void aReadThatStandsStillCostsAWorkerNoHeartbeat() throws Exception {
    SweepPlan plan = plan();
    Path content = stall();
    Stage stage =
        plan.stages().stream()
            .filter(each -> each.kind() == StageKind.EVALUATION && each.inputs().isEmpty())
            .findFirst()
            .orElseThrow();
    StageArtifacts artifacts =
        new StageArtifacts(
            new ArtifactStore(folder.resolve("artifacts")),
            HttpClient.newHttpClient(),
            new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO));
    StageRunner runner =
        new StageRunner(
            artifacts,
            folder.resolve("models"),
            Device.cpu(),
            Allowance.of(WeightPlacement.RESIDENT));
    kit.spawn(
        Worker.create(
            ID,
            new Worker.Surroundings() {},
            runner,
            coordinator.getRef(),
            new Worker.Timing(
                Duration.ofSeconds(1), HEARTBEAT, Duration.ofSeconds(1), Duration.ofSeconds(60)),
            "device"));
    ActorRef<ToWorker> worker =
        coordinator.expectMessageClass(WorkProtocol.RequestWork.class).replyTo();
    Task task =
        new Task(new Lease(1, stage.key(), 1, ID), new SweepId("s"), stage, CodeVersion.CURRENT);
    worker.tell(new WorkProtocol.Assign(task, new ArtifactExchange.SharedFolder()));
    try (OutputStream pipe = Files.newOutputStream(text)) { // returns once the stage reads it
      for (int i = 0; i < 30; i++) {
        coordinator.expectMessageClass(WorkProtocol.Heartbeat.class, HEARTBEAT.multipliedBy(20));
      }
      pipe.write(Files.readAllBytes(content));
      Files.move(content, text, StandardCopyOption.REPLACE_EXISTING);
    }
    List<ToCoordinator> said =
        coordinator.fishForMessage(
            Duration.ofMinutes(1),
            message ->
                message instanceof WorkProtocol.Report
                    ? akka.actor.testkit.typed.javadsl.FishingOutcomes.complete()
                    : akka.actor.testkit.typed.javadsl.FishingOutcomes.continueAndIgnore());
    assertThat(((WorkProtocol.Report) said.get(0)).outcome()).isInstanceOf(Outcome.Succeeded.class);
  }
}
