package dev.secateur.local;

import ai.djl.Device;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.source.Texts;
import dev.secateur.tensor.DeviceMemory;
import dev.secateur.text.Tokenizer;
import dev.secateur.training.AdapterBase;
import dev.secateur.training.AdapterTraining;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.LoraSettings;
import dev.secateur.training.LossCurve;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Trains a LoRA adapter for one checkpoint on one device, without a cluster. If memory runs out, it
 * is retried with half the micro-batch, then with a model that is opened with less memory; it
 * resumes from the last save, if there is one.
 */
public final class RecoverJob implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final Tokenizer tokenizer;
  private final LocalModel model;
  private final Consumer<String> progress;
  private final String identity;
  private final long seed;
  private Tuning tuning;
  private LoraAdapter adapter;
  private LossCurve curve = LossCurve.NONE;

  /**
   * Loads the model and makes a fresh adapter for it.
   *
   * @param allowance what the model may use of memory
   * @param progress told in words how the model is loaded
   */
  public RecoverJob(
      Path folder,
      Tuning tuning,
      long seed,
      Device device,
      Allowance allowance,
      Consumer<String> progress) {
    this.checkpoint = Checkpoint.open(folder);
    LoraSettings.checkTargets(tuning.targets(), checkpoint.decoder());
    this.tokenizer = Tokenizer.open(folder);
    this.model = new LocalModel(checkpoint, Optional.empty(), () -> device, allowance, progress);
    this.progress = progress;
    this.identity = checkpoint.hashes() + " " + tuning + " " + seed;
    this.seed = seed;
    this.tuning = tuning;
    this.adapter = training(model.get()).fresh();
  }

  private AdapterTraining training(Model opened) {
    return new AdapterTraining(opened, tuning, seed);
  }

  /**
   * Trains; resumes a training of the same settings that was interrupted.
   *
   * @param data instruction rows or a text of this machine, or {@code wordnet}
   * @param state the file that keeps how far it is; removed at the end
   * @param every how many steps lie between saves
   */
  public Trainer.Result train(String data, Path state, int every, TrainingListener listener)
      throws IOException {
    TrainingState saved = new TrainingState(state, every, Sha256.of(identity + " " + data));
    Trainer.Result result =
        model.compute(opened -> trained(opened.get(), Texts.ref(data), saved, listener));
    saved.delete();
    curve = result.curve();
    return result;
  }

  private Trainer.Result trained(
      Model opened, TextRef data, TrainingState state, TrainingListener listener) {
    while (true) {
      AdapterTraining training = training(opened);
      adapter.close();
      adapter = training.fresh();
      try {
        return training.train(adapter, data, tokenizer, state, listener);
      } catch (RuntimeException | OutOfMemoryError e) {
        if (!DeviceMemory.isExhausted(e) || tuning.budget().microBatch() == 1) {
          throw e;
        }
        tuning = tuning.halved();
        progress.accept("out of memory; retrying with micro-batch " + tuning.budget().microBatch());
      }
    }
  }

  /**
   * Writes the adapter in PEFT's layout; the folder appears whole or not at all.
   *
   * @param name the checkpoint's, for the adapter's config
   * @param provenance written beside it
   */
  public void writeAdapter(Path folder, String name, CommandProvenance provenance)
      throws IOException {
    AdapterBase base = base(name);
    NewFolder.write(
        folder,
        part -> {
          adapter.write(part, base);
          if (!curve.training().isEmpty()) {
            curve.write(part);
          }
          provenance.write(part, checkpoint.folder(), device());
        });
  }

  /** PEFT would put an adapter of a text model into the whole, where its layers are called else. */
  private AdapterBase base(String name) {
    if (checkpoint.textModel().isEmpty()) {
      return AdapterBase.of(name, checkpoint.folder());
    }
    progress.accept(
        "the adapter names no base model: it is for the text model, which recover --merge"
            + " writes as a separate checkpoint");
    return AdapterBase.NONE;
  }

  private Device device() {
    return model.get().weights().manager().getDevice();
  }

  /**
   * Writes the checkpoint with the adapter folded into it, and tells whether other tools load it;
   * what is narrower than float32 is rounded to the nearest.
   *
   * @param type what weights are stored as; what the checkpoint stores each as where absent
   * @param provenance written beside it
   * @throws InputException naming a tensor and the value that its type can't hold
   */
  public WrittenCheckpoint writeMerged(
      Path folder, Optional<ElementType> type, CommandProvenance provenance) throws IOException {
    WrittenTypes types = type.map(WrittenTypes::all).orElseGet(() -> WrittenTypes.as(checkpoint));
    AtomicReference<WrittenCheckpoint> written = new AtomicReference<>();
    NewFolder.write(
        folder,
        part -> {
          try (Model merged = adapter.merge(model.get())) {
            written.set(CheckpointWriter.write(merged, checkpoint, types, part));
          }
          provenance.write(part, checkpoint.folder(), device());
        });
    return written.get();
  }

  @Override
  public void close() {
    adapter.close();
    model.close();
    tokenizer.close();
  }
}
