package dev.secateur.worker;

import dev.secateur.model.Model;
import dev.secateur.protocol.StageSpec;
import dev.secateur.recovery.Lora;
import dev.secateur.recovery.LoraAdapter;
import dev.secateur.recovery.LoraSettings;
import dev.secateur.recovery.Trainer;
import dev.secateur.recovery.TrainingSettings;
import dev.secateur.recovery.TrainingState;
import dev.secateur.text.Instruction;
import dev.secateur.text.InstructionBatches;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Trains a LoRA adapter on the pruned model. */
final class RecoveryStage {
  private static final int SAVE_EVERY = 50;

  private RecoveryStage() {}

  static Map<String, Double> compute(StageSpec.Recovery spec, StageContext context, Path folder)
      throws IOException {
    try (Tokenizer tokenizer = Tokenizer.open(Path.of(spec.model().path()));
        Model pruned = context.pruned(spec.model(), spec.recipe());
        LoraAdapter adapter = LoraAdapter.fresh(pruned, lora(spec, pruned), spec.seed())) {
      InstructionBatches batches =
          new InstructionBatches(
              Texts.instructions(spec.data()),
              tokenizer,
              Instruction.Template.valueOf(spec.template().toUpperCase(Locale.ROOT)),
              spec.cutoff(),
              spec.batch(),
              spec.seed());
      double[] loss = new double[1];
      TrainingState state =
          new TrainingState(context.scratch(), SAVE_EVERY, context.stage().value());
      new Trainer(new Lora(pruned, adapter), settings(spec), batches::at, Optional.of(state))
          .run(
              step -> {
                loss[0] = step.loss();
                context.report(
                    step.step(), step.steps(), String.format(Locale.ROOT, "loss %.3f", loss[0]));
              });
      adapter.write(folder);
      state.delete();
      return Map.of("loss", loss[0], "steps", (double) spec.steps());
    }
  }

  private static LoraSettings lora(StageSpec.Recovery spec, Model model) {
    return new LoraSettings(
        spec.rank(), spec.alpha(), spec.dropout(), LoraSettings.allProjections(model.decoder()));
  }

  /**
   * Linear decay after the warm-up, global norm of 1, AdamW's usual betas: the published settings.
   */
  private static TrainingSettings settings(StageSpec.Recovery spec) {
    return new TrainingSettings(
        spec.steps(),
        spec.microBatch(),
        spec.learningRate(),
        spec.warmup(),
        TrainingSettings.Schedule.LINEAR,
        0,
        0.9,
        0.999,
        1e-8,
        1,
        spec.seed());
  }
}
