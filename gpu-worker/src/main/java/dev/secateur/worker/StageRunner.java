package dev.secateur.worker;

import ai.djl.Device;
import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.StageArtifacts;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.tensor.DeviceMemory;
import dev.secateur.tensor.Devices;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Computes stages on one device: reads the artifacts of their inputs, writes their own. Used by one
 * thread at a time.
 */
public final class StageRunner implements AutoCloseable {
  private final StageArtifacts artifacts;
  private final ResidentModel resident;
  private final Map<String, String> versions = Versions.all();
  private final LocalFiles files;
  private final SourceCheck check = new SourceCheck();

  /** A stage's artifact, and whether it was there already. */
  public record Result(Artifact artifact, boolean reused) {}

  /**
   * @param models the folder that the models are put into which Secateur brings along
   */
  public StageRunner(StageArtifacts artifacts, Path models, Device device) {
    this.artifacts = artifacts;
    this.resident = new ResidentModel(device);
    this.files = new LocalFiles((file, done, all) -> {}, models);
  }

  /** Where the coordinator's store is from now on; may be said on any thread. */
  void storeAt(StoreAccess access) {
    artifacts.storeAt(access);
  }

  /** What it computes with. */
  Capabilities capabilities() {
    return new Capabilities(
        Devices.name(resident.device()),
        DeviceMemory.total(resident.device()),
        Set.of(Precision.values()),
        versions,
        resident.models(),
        Optional.of(CodeVersion.CURRENT));
  }

  /**
   * Computes a stage, or finds that it was computed before.
   *
   * @param progress told between steps; may throw to end the stage
   */
  public Result run(Stage stage, Consumer<Progress> progress) throws IOException {
    Runnable waiting =
        () -> progress.accept(new Progress(0, 0, "waiting for the coordinator's store"));
    Optional<Artifact> there = artifacts.find(stage.key(), waiting);
    Artifact artifact = there.isPresent() ? there.get() : make(stage, progress);
    artifacts.deliver(artifact, there.isPresent(), waiting);
    return new Result(artifact, there.isPresent());
  }

  private Artifact make(Stage stage, Consumer<Progress> progress) throws IOException {
    StageContext context =
        new StageContext(stage.key(), artifacts, resident, files, check, progress);
    return artifacts.create(
        stage.key(),
        stage.kind(),
        folder -> Halving.compute(stage.spec(), spec -> compute(spec, context, folder)));
  }

  private static Map<String, Double> compute(StageSpec spec, StageContext context, Path folder)
      throws IOException {
    if (spec instanceof StageSpec.Discovery discovery) {
      return DiscoveryStage.compute(discovery, context, folder);
    } else if (spec instanceof StageSpec.Estimation estimation) {
      return EstimationStage.compute(estimation, context, folder);
    } else if (spec instanceof StageSpec.Pruning pruning) {
      return PruningStage.compute(pruning, context, folder);
    } else if (spec instanceof StageSpec.Recovery recovery) {
      return RecoveryStage.compute(recovery, context, folder);
    } else if (spec instanceof StageSpec.Training training) {
      return TrainingStage.compute(training, context, folder);
    } else if (spec instanceof StageSpec.Evaluation evaluation) {
      return EvaluationStage.compute(evaluation, context, folder);
    } else if (spec instanceof StageSpec.Export export) {
      return ExportStage.compute(export, context, folder);
    }
    throw new IllegalArgumentException("no stage of kind " + spec.getClass().getSimpleName());
  }

  @Override
  public void close() {
    resident.close();
  }
}
