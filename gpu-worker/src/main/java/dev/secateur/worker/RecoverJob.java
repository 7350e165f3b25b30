package dev.secateur.worker;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.model.Model;
import dev.secateur.protocol.Tuning;
import dev.secateur.recovery.LoraAdapter;
import dev.secateur.recovery.Trainer;
import dev.secateur.recovery.TrainingState;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;

/** Trains a LoRA adapter for one checkpoint on one device, without a cluster. */
public final class RecoverJob implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final Tokenizer tokenizer;
  private final AdapterTraining training;
  private final LoraAdapter adapter;

  /** Loads the model and makes a fresh adapter for it. */
  public RecoverJob(Path folder, Tuning tuning, long seed, Device device) {
    this.checkpoint = Checkpoint.open(folder);
    this.tokenizer = Tokenizer.open(folder);
    this.training = new AdapterTraining(CheckpointReader.load(checkpoint, device), tuning, seed);
    this.adapter = training.fresh();
  }

  /**
   * Trains; goes on where a training of the same settings was interrupted.
   *
   * @param data instruction rows or a text of this machine, or {@code wordnet}
   * @param state the file that keeps how far it is; removed at the end
   * @param every how many steps lie between saves
   */
  public Trainer.Result train(String data, Path state, int every, TrainingListener listener)
      throws IOException {
    String identity =
        Sha256.of(
            checkpoint.hashes() + " " + training.tuning() + " " + training.seed() + " " + data);
    TrainingState saved = new TrainingState(state, every, identity);
    Trainer.Result result = training.train(adapter, Texts.ref(data), tokenizer, saved, listener);
    saved.delete();
    return result;
  }

  /** Writes the adapter in PEFT's layout; the folder appears whole or not at all. */
  public void writeAdapter(Path folder) throws IOException {
    NewFolder.write(folder, adapter::write);
  }

  /** Writes the checkpoint with the adapter folded into it. */
  public void writeMerged(Path folder) throws IOException {
    NewFolder.write(
        folder,
        part -> {
          try (Model merged = adapter.merge(training.model())) {
            CheckpointWriter.write(merged, checkpoint, ElementType.F32, part);
          }
        });
  }

  @Override
  public void close() {
    adapter.close();
    training.model().close();
    tokenizer.close();
  }
}
