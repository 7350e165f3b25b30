package dev.secateur.stage;

import dev.secateur.model.Model;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Tuning;
import dev.secateur.text.Tokenizer;
import dev.secateur.training.AdapterBase;
import dev.secateur.training.AdapterTraining;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Trains a LoRA adapter on the pruned model. */
final class RecoveryStage implements StageComputation<RecoverySpec> {
  @Override
  public Class<RecoverySpec> spec() {
    return RecoverySpec.class;
  }

  @Override
  public Map<String, Double> compute(RecoverySpec spec, StageContext context, Path folder)
      throws IOException {
    TrainingState state =
        new TrainingState(context.scratch(), StageTraining.SAVE_EVERY, context.stage().value());
    StageTraining listener = new StageTraining(context);
    try (Tokenizer tokenizer = Tokenizer.open(context.checkpoint(spec.model()));
        Model pruned = context.pruned(spec.model(), spec.recipe())) {
      AdapterTraining training = new AdapterTraining(pruned, spec.tuning(), spec.seed());
      try (LoraAdapter adapter = training.fresh()) {
        KeptAdapters kept = new KeptAdapters(adapter, spec.tuning(), state, listener);
        Trainer.Result result =
            training.train(adapter, context.local(spec.data()), tokenizer, state, kept);
        kept.moveTo(folder);
        adapter.write(folder, AdapterBase.NONE);
        result.curve().write(folder);
        state.delete();
        return listener.metrics(result);
      }
    }
  }

  @Override
  public String memoryNeed(RecoverySpec spec) {
    return StageTraining.memoryNeed(spec.tuning());
  }

  @Override
  public Optional<MicroBatchBackoff<RecoverySpec>> halvable(RecoverySpec spec) {
    return Optional.of(StageTraining.halvable(spec.tuning(), half -> with(half, spec)));
  }

  private static RecoverySpec with(Tuning tuning, RecoverySpec spec) {
    return new RecoverySpec(spec.model(), spec.recipe(), spec.data(), tuning, spec.seed());
  }
}
