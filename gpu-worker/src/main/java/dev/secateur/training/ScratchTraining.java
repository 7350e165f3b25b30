package dev.secateur.training;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.model.Decoder;
import dev.secateur.model.Initialization;
import dev.secateur.model.Model;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A model of a given shape trained from random weights on the data and the budget of a recovery, as
 * sweeps and {@code secateur train} train it.
 *
 * @param shape of the model
 * @param tokens whose tokenizer it uses, which is written with it
 * @param tuning of the recovery; its adapter settings are not used
 * @param learningRate the peak
 */
public record ScratchTraining(
    Decoder shape,
    Checkpoint tokens,
    Tuning tuning,
    double learningRate,
    double weightDecay,
    long seed,
    Device device) {

  /** The same with half as many rows at once. */
  public ScratchTraining halved() {
    return new ScratchTraining(
        shape, tokens, tuning.halved(), learningRate, weightDecay, seed, device);
  }

  /**
   * Trains and writes the checkpoint; resumes a training of the same identity that was interrupted.
   *
   * @param data instruction rows or a text of this machine, or {@code wordnet}
   * @param state where it is kept how far the training is; removed at the end
   */
  public Trainer.Result run(
      TextRef data, TrainingState state, Path folder, TrainingListener listener)
      throws IOException {
    try (Tokenizer tokenizer = Tokenizer.open(tokens.folder());
        Model model = new Model(shape, Initialization.random(shape, seed, device))) {
      RecoveryBatches batches = RecoveryBatches.of(data, tokenizer, tuning, seed);
      listener.noticed(batches.notices());
      Trainer.Result result =
          new Trainer(
                  Trainable.whole(model),
                  AdapterTraining.settings(
                      tuning, batches.steps(), learningRate, weightDecay, seed),
                  batches.batches(),
                  batches.validation(),
                  Optional.of(state))
              .run(listener);
      CheckpointWriter.write(model, tokens, WrittenTypes.all(ElementType.F32), folder);
      result.curve().write(folder);
      state.delete();
      return result;
    }
  }
}
