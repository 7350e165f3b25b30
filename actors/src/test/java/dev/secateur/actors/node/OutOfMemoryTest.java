package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkerId;
import dev.secateur.source.LocalFiles;
import dev.secateur.stage.StageRunner;
import dev.secateur.worker.TaskRunner;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device that runs out of memory in the first step of a recovery, as libtorch says it. */
class OutOfMemoryTest {
  private static final String SWEEP =
      """
      models = [demo], ratios = [0.25], criteria = [l2]
      recovery { template = plain, steps = 4, batch = 4, micro-batch = 4, warmup = 1, cutoff = 32 }
      evaluation { window = 32, windows = 2 }
      """;

  @TempDir private Path folder;
  private TaskRunner runner;
  private SweepPlan plan;

  @BeforeEach
  void planTheSweep() {
    LocalSources sources =
        new LocalSources(new LocalFiles((file, done, all) -> {}, folder.resolve("models")));
    plan = SweepPlanner.plan(SweepConfigReader.read(SWEEP, "sweep", sources), sources);
    StageArtifacts artifacts =
        new StageArtifacts(
            new ArtifactStore(folder.resolve("artifacts")),
            HttpClient.newHttpClient(),
            new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO));
    runner = new StageRunner(artifacts, folder.resolve("models"), Device.cpu());
  }

  private Outcome recover(Consumer<Progress> progress) {
    Outcome last = null;
    for (Stage stage : plan.stages()) {
      if (stage.kind() != StageKind.EVALUATION) {
        Lease lease = new Lease(1, stage.key(), 1, new WorkerId("one", "1"));
        last = runner.run(new Task(lease, new SweepId("s"), stage, CodeVersion.CURRENT), progress);
      }
    }
    return last;
  }

  private static Consumer<Progress> outOfMemory(int times) {
    AtomicInteger left = new AtomicInteger(times);
    return progress -> {
      if (progress.note().startsWith("loss") && left.getAndDecrement() > 0) {
        throw new EngineException("CUDA out of memory. Tried to allocate 2.00 GiB");
      }
    };
  }

  @Test
  void halvesTheMicroBatchUntilItFits() {
    Outcome outcome = recover(outOfMemory(2));
    assertThat(outcome).isInstanceOf(Outcome.Succeeded.class);
    assertThat(((Outcome.Succeeded) outcome).metrics()).containsEntry("micro_batch", 1.0);
  }

  @Test
  void failsWithTheSizesWhereNothingFits() {
    assertThat(recover(outOfMemory(1000)))
        .isEqualTo(
            new Outcome.Failed(
                Outcome.FailureKind.MEMORY,
                "the device is out of memory: model demo of 8 layers, micro-batch 1 of 32 tokens,"
                    + " rank 8 (checkpointing = true needs less)"));
  }

  @Test
  void saysNothingOfMicroBatchesThatFit() {
    assertThat(((Outcome.Succeeded) recover(progress -> {})).metrics())
        .doesNotContainKey("micro_batch");
  }
}
