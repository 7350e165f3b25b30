package dev.secateur.worker;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.model.Model;
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
import java.util.List;
import java.util.Optional;

/** Trains a LoRA adapter for one checkpoint on one device, without a cluster. */
public final class RecoverJob implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final Tokenizer tokenizer;
  private final Model model;
  private final LoraAdapter adapter;

  /**
   * How the adapter is trained.
   *
   * @param targets the last words of the names of the layers that get an adapter; all affine maps
   *     of the blocks where it is empty
   * @param cutoff the largest number of tokens of a row
   * @param batch rows of a step
   */
  public record Settings(
      int rank,
      double alpha,
      double dropout,
      List<String> targets,
      Instruction.Template template,
      int cutoff,
      int batch,
      TrainingSettings training) {}

  private final Settings settings;

  /** Loads the model and makes a fresh adapter for it. */
  public RecoverJob(Path folder, Settings settings, Device device) {
    this.settings = settings;
    this.checkpoint = Checkpoint.open(folder);
    this.tokenizer = Tokenizer.open(folder);
    this.model = CheckpointReader.load(checkpoint, device);
    List<String> targets =
        settings.targets().isEmpty()
            ? LoraSettings.allProjections(model.decoder())
            : settings.targets();
    LoraSettings lora =
        new LoraSettings(settings.rank(), settings.alpha(), settings.dropout(), targets);
    this.adapter = LoraAdapter.fresh(model, lora, settings.training().seed());
  }

  /**
   * Trains on instruction rows; goes on where a training of the same settings was interrupted.
   *
   * @param data Alpaca-style JSON or JSONL, or {@code wordnet}
   * @param state the file that keeps how far it is; removed at the end
   * @param every how many steps lie between saves
   */
  public void train(Path data, Path state, int every, Trainer.Listener listener)
      throws IOException {
    InstructionBatches batches =
        new InstructionBatches(
            Texts.instructions(Texts.ref(data)),
            tokenizer,
            settings.template(),
            settings.cutoff(),
            settings.batch(),
            settings.training().seed());
    String identity = Sha256.of(checkpoint.hashes() + " " + settings + " " + data);
    TrainingState saved = new TrainingState(state, every, identity);
    new Trainer(new Lora(model, adapter), settings.training(), batches::at, Optional.of(saved))
        .run(listener);
    saved.delete();
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
          try (Model merged = adapter.merge(model)) {
            CheckpointWriter.write(merged, checkpoint, ElementType.F32, part);
          }
        });
  }

  @Override
  public void close() {
    adapter.close();
    model.close();
    tokenizer.close();
  }
}
