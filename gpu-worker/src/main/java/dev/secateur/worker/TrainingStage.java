package dev.secateur.worker;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.model.Decoder;
import dev.secateur.model.Initialization;
import dev.secateur.model.Model;
import dev.secateur.protocol.StageSpec;
import dev.secateur.recovery.Trainable;
import dev.secateur.recovery.Trainer;
import dev.secateur.recovery.TrainingState;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Trains a model of the pruned one's shape from random weights, and writes it as a checkpoint. */
final class TrainingStage {
  private TrainingStage() {}

  static Map<String, Double> compute(StageSpec.Training spec, StageContext context, Path folder)
      throws IOException {
    Path base = context.checkpoint(spec.model());
    TrainingState state =
        new TrainingState(context.scratch(), RecoveryStage.SAVE_EVERY, context.stage().value());
    try (Tokenizer tokenizer = Tokenizer.open(base);
        Model model = random(spec, context)) {
      RecoveryBatches batches =
          RecoveryBatches.of(context.local(spec.data()), tokenizer, spec.tuning(), spec.seed());
      Trainer.Result result =
          new Trainer(
                  Trainable.whole(model),
                  AdapterTraining.settings(
                      spec.tuning(),
                      batches.steps(),
                      spec.learningRate(),
                      spec.weightDecay(),
                      spec.seed()),
                  batches.batches(),
                  batches.validation(),
                  Optional.of(state))
              .run(step -> RecoveryStage.tell(step, context));
      CheckpointWriter.write(model, Checkpoint.open(base), ElementType.F32, folder);
      state.delete();
      return RecoveryStage.metrics(result);
    }
  }

  private static Model random(StageSpec.Training spec, StageContext context) {
    try (Model pruned = context.pruned(spec.model(), spec.recipe())) {
      Decoder shape = pruned.decoder();
      return new Model(
          shape, Initialization.random(shape, spec.seed(), pruned.weights().manager().getDevice()));
    }
  }
}
