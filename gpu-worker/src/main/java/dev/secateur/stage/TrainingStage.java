package dev.secateur.stage;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.memory.LeastNeed;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.Tuning;
import dev.secateur.tensor.Devices;
import dev.secateur.training.ScratchTraining;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Trains a model of the pruned one's shape from random weights, and writes it as a checkpoint. */
final class TrainingStage implements StageComputation<StageSpec.Training> {
  @Override
  public Class<StageSpec.Training> spec() {
    return StageSpec.Training.class;
  }

  @Override
  public Map<String, Double> compute(StageSpec.Training spec, StageContext context, Path folder)
      throws IOException {
    Checkpoint base = Checkpoint.open(context.checkpoint(spec.model()));
    Decoder shape = context.recipe(spec.recipe()).shape(base.decoder());
    LeastNeed.ofRandom(shape, LeastNeed.training(spec.tuning()))
        .check(
            "training",
            Devices.name(context.resident().device()),
            context.resident().memory(),
            "a smaller cutoff, checkpointing");
    ScratchTraining training =
        new ScratchTraining(
            shape,
            base,
            spec.tuning(),
            spec.learningRate(),
            spec.weightDecay(),
            spec.seed(),
            context.resident().device());
    TrainingState state =
        new TrainingState(context.scratch(), StageTraining.SAVE_EVERY, context.stage().value());
    StageTraining listener = new StageTraining(context);
    return listener.metrics(training.run(context.local(spec.data()), state, folder, listener));
  }

  @Override
  public String memoryNeed(StageSpec.Training spec) {
    return StageTraining.memoryNeed(spec.tuning());
  }

  @Override
  public Optional<MicroBatchBackoff<StageSpec.Training>> halvable(StageSpec.Training spec) {
    return Optional.of(StageTraining.halvable(spec.tuning(), half -> with(half, spec)));
  }

  private static StageSpec.Training with(Tuning tuning, StageSpec.Training spec) {
    return new StageSpec.Training(
        spec.model(),
        spec.recipe(),
        spec.data(),
        tuning,
        spec.learningRate(),
        spec.weightDecay(),
        spec.seed());
  }
}
