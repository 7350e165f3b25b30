package dev.secateur.stage;

import dev.secateur.protocol.StageSpec;
import java.util.List;

/** All kinds of stages that a worker can compute. */
final class StageComputations {
  static final List<StageComputation<?>> ALL =
      List.of(
          new DiscoveryStage(),
          new EstimationStage(),
          new ProfileStage(),
          new PruningStage(),
          new RecoveryStage(),
          new TrainingStage(),
          new EvaluationStage(),
          new ExportStage(),
          new ImportStage(),
          new CompensationStage(),
          new TimingStage());

  private StageComputations() {}

  /** What computes a stage. */
  static StageComputation<?> of(StageSpec spec) {
    return ALL.stream()
        .filter(computation -> computation.spec().isInstance(spec))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no stage of kind " + spec.kind().label()));
  }
}
