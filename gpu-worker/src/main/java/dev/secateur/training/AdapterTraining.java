package dev.secateur.training;

import dev.secateur.model.Model;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.text.Tokenizer;
import java.util.List;
import java.util.Optional;

/**
 * A LoRA adapter in training, as sweeps and {@code secateur recover} train it.
 *
 * @param model whose weights stay unchanged
 * @param seed for the adapter, the order of the data and dropout
 */
public record AdapterTraining(Model model, Tuning tuning, long seed) {

  /** An adapter that changes nothing yet; to be closed by the caller. */
  public LoraAdapter fresh() {
    List<String> targets =
        tuning.targets().isEmpty()
            ? LoraSettings.allProjections(model.decoder())
            : tuning.targets();
    LoraSettings lora = new LoraSettings(tuning.rank(), tuning.alpha(), tuning.dropout(), targets);
    return LoraAdapter.fresh(model, lora, seed);
  }

  /**
   * Trains the adapter; resumes a training of the same identity that was interrupted.
   *
   * @param state where it is kept how far the training is
   */
  public Trainer.Result train(
      LoraAdapter adapter,
      TextRef data,
      Tokenizer tokenizer,
      TrainingState state,
      TrainingListener listener) {
    RecoveryBatches batches = RecoveryBatches.of(data, tokenizer, tuning, seed);
    listener.noticed(batches.notices());
    return model.computedIn(
        tuning.precision(), held -> train(new Lora(held, adapter), batches, state, listener));
  }

  private Trainer.Result train(
      Lora lora, RecoveryBatches batches, TrainingState state, Trainer.Listener listener) {
    return new Trainer(
            lora,
            settings(tuning, batches.steps(), tuning.learningRate(), tuning.weightDecay(), seed),
            batches.batches(),
            batches.validation(),
            Optional.of(state))
        .run(listener);
  }

  /** Global norm of 1 and AdamW's usual betas, as published. */
  static TrainingSettings settings(
      Tuning tuning, int steps, double learningRate, double weightDecay, long seed) {
    return new TrainingSettings(
        steps,
        tuning.budget().microBatch(),
        learningRate,
        tuning.warmup(),
        tuning.schedule(),
        weightDecay,
        0.9,
        0.999,
        1e-8,
        1,
        tuning.checkpointing(),
        seed);
  }
}
