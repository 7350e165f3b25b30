package dev.secateur.stage;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.memory.LeastNeed;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.TrainingSpec;
import dev.secateur.protocol.Tuning;
import dev.secateur.tensor.Devices;
import dev.secateur.training.ScratchTraining;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Trains a model of the pruned one's shape from random weights, and writes it as a checkpoint. */
final class TrainingStage implements StageComputation<TrainingSpec> {
  @Override
  public Class<TrainingSpec> spec() {
    return TrainingSpec.class;
  }

  @Override
  public Map<String, Double> compute(TrainingSpec spec, StageContext context, Path folder)
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
  public String memoryNeed(TrainingSpec spec) {
    return StageTraining.memoryNeed(spec.tuning());
  }

  @Override
  public Optional<MicroBatchBackoff<TrainingSpec>> halvable(TrainingSpec spec) {
    return Optional.of(StageTraining.halvable(spec.tuning(), half -> with(half, spec)));
  }

  private static TrainingSpec with(Tuning tuning, TrainingSpec spec) {
    return new TrainingSpec(
        spec.model(),
        spec.recipe(),
        spec.data(),
        tuning,
        spec.learningRate(),
        spec.weightDecay(),
        spec.seed());
  }
}
