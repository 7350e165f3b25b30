package dev.secateur.worker;

import ai.djl.Device;
import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageSpec;
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
  private final ArtifactStore store;
  private final ResidentModel resident;
  private final Map<String, String> versions = Versions.all();
  private final LocalFiles files = new LocalFiles((file, done, all) -> {});

  /** A stage's artifact, and whether it was there already. */
  public record Result(Artifact artifact, boolean reused) {}

  public StageRunner(ArtifactStore store, Device device) {
    this.store = store;
    this.resident = new ResidentModel(device);
  }

  /** What it computes with. */
  Capabilities capabilities() {
    return new Capabilities(
        Devices.name(resident.device()),
        DeviceMemory.total(resident.device()),
        Set.of(Precision.values()),
        versions,
        resident.models());
  }

  /**
   * Computes a stage, or finds that it was computed before.
   *
   * @param progress told between steps; may throw to end the stage
   */
  public Result run(Stage stage, Consumer<Progress> progress) throws IOException {
    Optional<Artifact> there = store.find(stage.key());
    if (there.isPresent()) {
      return new Result(there.get(), true);
    }
    StageContext context = new StageContext(stage.key(), store, resident, files, progress);
    Artifact made =
        store.create(stage.key(), stage.kind(), folder -> compute(stage.spec(), context, folder));
    return new Result(made, false);
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
