package dev.secateur.worker;

import dev.secateur.model.Model;
import dev.secateur.protocol.StageSpec;
import dev.secateur.recovery.AdapterBase;
import dev.secateur.recovery.LoraAdapter;
import dev.secateur.recovery.Trainer;
import dev.secateur.recovery.TrainingState;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Trains a LoRA adapter on the pruned model. */
final class RecoveryStage {
  static final int SAVE_EVERY = 50;

  private RecoveryStage() {}

  static Map<String, Double> compute(StageSpec.Recovery spec, StageContext context, Path folder)
      throws IOException {
    TrainingState state = new TrainingState(context.scratch(), SAVE_EVERY, context.stage().value());
    try (Tokenizer tokenizer = Tokenizer.open(context.checkpoint(spec.model()));
        Model pruned = context.pruned(spec.model(), spec.recipe())) {
      AdapterTraining training = new AdapterTraining(pruned, spec.tuning(), spec.seed());
      try (LoraAdapter adapter = training.fresh()) {
        Trainer.Result result =
            training.train(
                adapter, context.local(spec.data()), tokenizer, state, step -> tell(step, context));
        adapter.write(folder, AdapterBase.NONE);
        state.delete();
        return metrics(result);
      }
    }
  }

  static void tell(Trainer.Step step, StageContext context) {
    context.report(step.step(), step.steps(), String.format(Locale.ROOT, "loss %.3f", step.loss()));
  }

  static Map<String, Double> metrics(Trainer.Result result) {
    Map<String, Double> metrics = new HashMap<>();
    metrics.put("loss", result.loss());
    metrics.put("steps", (double) result.steps());
    if (result.validation().isPresent()) {
      metrics.put("validation_loss", result.validation().getAsDouble());
      metrics.put("best_step", (double) result.bestStep());
    }
    return metrics;
  }
}
