package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.checkpoint.Allowance;
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
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.protocol.WorkerId;
import dev.secateur.source.LocalFiles;
import dev.secateur.stage.StageRunner;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device that runs out of memory amid a stage, as libtorch says it. */
class OutOfMemoryTest {
  private static final String SWEEP =
      """
      models = [demo], ratios = [0.25], criteria = [taylor-vector], steps = [2], export = true
      calibration { samples = 3, length = 16 }
      recovery { template = plain, steps = 4, batch = 4, micro-batch = 4, warmup = 1, cutoff = 32 }
      evaluation { window = 32, windows = 32 }
      """;

  @TempDir private Path folder;
  private SweepPlan plan;

  @BeforeEach
  void planTheSweep() {
    plan = plan(SWEEP);
  }

  private SweepPlan plan(String sweep) {
    LocalSources sources =
        new LocalSources(new LocalFiles((file, done, all) -> {}, folder.resolve("models")));
    return SweepPlanner.plan(SweepConfigReader.read(sweep, "sweep", sources), sources);
  }

  /** A worker's life: what it makes lies in a folder of that name. */
  private Outcome run(
      String name, WeightPlacement placement, StageKind last, Consumer<Progress> progress) {
    return run(name, Allowance.of(placement), last, progress);
  }

  private Outcome run(
      String name, Allowance allowance, StageKind last, Consumer<Progress> progress) {
    StageArtifacts artifacts =
        new StageArtifacts(
            new ArtifactStore(folder.resolve(name)),
            HttpClient.newHttpClient(),
            new StageArtifacts.Patience(Duration.ZERO, Duration.ZERO));
    try (StageRunner runner =
        new StageRunner(artifacts, folder.resolve("models"), Device.cpu(), allowance)) {
      Stage target = plan.stages().stream().filter(s -> s.kind() == last).findFirst().orElseThrow();
      for (Stage stage : plan.stages()) {
        if (stage != target && needs(target, stage)) {
          metrics(runner.run(task(stage), told -> {}));
        }
      }
      return runner.run(task(target), progress);
    }
  }

  private static Task task(Stage stage) {
    Lease lease = new Lease(1, stage.key(), 1, new WorkerId("one", "1"));
    return new Task(lease, new SweepId("s"), stage, CodeVersion.CURRENT);
  }

  /** Whether a stage is computed from another's artifact, or from what is. */
  private boolean needs(Stage stage, Stage other) {
    return plan.stages().stream()
        .filter(input -> stage.inputs().contains(input.key()))
        .anyMatch(input -> input == other || needs(input, other));
  }

  private Outcome run(String name, StageKind last, Consumer<Progress> progress) {
    return run(name, WeightPlacement.RESIDENT, last, progress);
  }

  private static void exhaust() {
    throw new EngineException("CUDA out of memory. Tried to allocate 2.00 GiB");
  }

  private static Consumer<Progress> outOfMemory(int times) {
    AtomicInteger left = new AtomicInteger(times);
    return progress -> {
      if (progress.note().startsWith("loss") && left.getAndDecrement() > 0) {
        exhaust();
      }
    };
  }

  /** Does only once models are opened so. */
  private static Consumer<Progress> doesFor(String use, List<String> tried) {
    return progress -> {
      if (progress.note().startsWith("out of memory")) {
        tried.add(progress.note());
      } else if (tried.isEmpty() || !tried.get(tried.size() - 1).endsWith(use)) {
        exhaust();
      }
    };
  }

  private static Map<String, Double> metrics(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Succeeded.class);
    return ((Outcome.Succeeded) outcome).metrics();
  }

  private byte[] file(String life, Outcome outcome, String file) throws IOException {
    Path artifact =
        folder.resolve(life).resolve(((Outcome.Succeeded) outcome).artifact().key().value());
    return Files.readAllBytes(artifact.resolve(file));
  }

  /** Everything that a stage makes is the same where it completes with its weights streamed. */
  private void completesStreamed(StageKind kind, String... files) throws IOException {
    Outcome whole = run("whole", kind, progress -> {});
    List<String> tried = new ArrayList<>();
    Outcome streamed = run("streamed", kind, doesFor("weights streamed", tried));
    assertThat(tried).containsExactly("out of memory; retrying with weights streamed");
    Map<String, Double> expected = new HashMap<>(metrics(whole));
    assertThat(expected).doesNotContainKey("weights_streamed");
    expected.put("weights_streamed", 1.0);
    assertThat(metrics(streamed)).isEqualTo(expected);
    for (String file : files) {
      assertThat(file("streamed", streamed, file)).isEqualTo(file("whole", whole, file));
    }
  }

  @Test
  void anEstimationIsTriedAgainWithItsWeightsStreamed() throws IOException {
    completesStreamed(StageKind.ESTIMATION, "scores.safetensors");
  }

  @Test
  void aPruningInStepsIsTriedAgainWithItsWeightsStreamed() throws IOException {
    completesStreamed(StageKind.PRUNING, "recipe.json");
  }

  @Test
  void anEvaluationIsTriedAgainWithItsWeightsStreamed() throws IOException {
    completesStreamed(StageKind.EVALUATION);
  }

  @Test
  void anExportIsTriedAgainWithItsWeightsStreamed() throws IOException {
    completesStreamed(StageKind.EXPORT, "model.safetensors", "config.json", "recipe.json");
  }

  @Test
  void anEvaluationThatIsStreamedHasFewerInputsAtOnceUntilItFits() {
    Outcome whole = run("whole", StageKind.EVALUATION, progress -> {});
    List<String> tried = new ArrayList<>();
    Outcome less =
        run(
            "less",
            WeightPlacement.STREAMED,
            StageKind.EVALUATION,
            doesFor("at most 1 input at once", tried));
    assertThat(tried)
        .containsExactly(
            "out of memory; retrying with weights streamed, at most 2 inputs at once",
            "out of memory; retrying with weights streamed, at most 1 input at once");
    assertThat(metrics(less))
        .containsEntry("inputs_at_once", 1.0)
        .containsAllEntriesOf(metrics(whole));
  }

  @Test
  void anEstimationThatFitsInNoWayFailsWithTheSizes() {
    Outcome failed =
        run(
            "none",
            StageKind.ESTIMATION,
            progress -> {
              if (progress.note().equals("submodules")) {
                exhaust();
              }
            });
    assertThat(failed)
        .isEqualTo(
            new Outcome.Failed(
                Outcome.FailureKind.MEMORY,
                "the device is out of memory: model demo of 8 layers, weights streamed, 3 samples"
                    + " of 16 tokens in 1 parts (more calibration.parts or fewer samples need"
                    + " less)"));
  }

  @Test
  void aRecoveryHalvesItsMicroBatchUntilItFits() {
    assertThat(metrics(run("halved", StageKind.RECOVERY, outOfMemory(2))))
        .containsEntry("micro_batch", 1.0)
        .doesNotContainKey("weights_streamed");
  }

  @Test
  void aRecoveryWhoseMicroBatchCannotBeHalvedIsTriedAgainWithItsWeightsStreamed() {
    assertThat(metrics(run("streamed", StageKind.RECOVERY, outOfMemory(3))))
        .containsEntry("micro_batch", 1.0)
        .containsEntry("weights_streamed", 1.0);
  }

  @Test
  void aRecoveryFailsWithTheSizesWhereNothingFits() {
    assertThat(run("none", StageKind.RECOVERY, outOfMemory(1000)))
        .isEqualTo(
            new Outcome.Failed(
                Outcome.FailureKind.MEMORY,
                "the device is out of memory: model demo of 8 layers, weights streamed, at most 1"
                    + " input at once, micro-batch 1 of 32 tokens, rank 8 (checkpointing = true"
                    + " needs less)"));
  }

  @Test
  void aTrainingHalvesItsMicroBatchAndThenHasTheHeldModelGo() {
    plan = plan(SWEEP.replace("warmup = 1", "warmup = 1, scratch {}"));
    assertThat(metrics(run("alone", StageKind.TRAINING, outOfMemory(3))))
        .containsEntry("micro_batch", 1.0)
        .containsEntry("weights_streamed", 1.0);
  }

  @Test
  void aTrainingForWhoseWeightsThereIsNoMemoryIsRefusedWithFigures() {
    plan = plan(SWEEP.replace("warmup = 1", "warmup = 1, scratch {}"));
    Allowance small = new Allowance(WeightPlacement.AUTO, 20 << 20, Long.MAX_VALUE, 1);
    Outcome refused = run("small", small, StageKind.TRAINING, progress -> {});
    assertThat(refused).isInstanceOf(Outcome.Failed.class);
    assertThat(((Outcome.Failed) refused).kind()).isEqualTo(Outcome.FailureKind.MEMORY);
    assertThat(((Outcome.Failed) refused).message())
        .matches(
            "training needs at least 6\\d MiB of device memory: 12 MiB for all weights in"
                + " float32 and \\d\\d MiB to compute with them; cpu has 20 MiB for it .*");
  }

  @Test
  void saysNothingOfWhatFits() {
    assertThat(metrics(run("fits", StageKind.RECOVERY, progress -> {})))
        .doesNotContainKeys("micro_batch", "inputs_at_once", "weights_streamed");
  }
}
