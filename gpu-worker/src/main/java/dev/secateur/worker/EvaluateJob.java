package dev.secateur.worker;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.TaskResult;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.model.Model;
import dev.secateur.recovery.LoraAdapter;
import dev.secateur.text.Split;
import dev.secateur.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Evaluates one checkpoint on one device, without a cluster. */
public final class EvaluateJob implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final Model model;
  private final Tokenizer tokenizer;

  /**
   * Loads the model.
   *
   * @param adapter a PEFT adapter that is merged into it
   */
  public EvaluateJob(Path folder, Optional<Path> adapter, Device device) {
    checkpoint = Checkpoint.open(folder);
    tokenizer = Tokenizer.open(folder);
    model = load(folder, adapter, device);
  }

  /** A checkpoint's model with an adapter merged into it, where there is one. */
  static Model load(Path folder, Optional<Path> adapter, Device device) {
    Model base = CheckpointReader.load(Checkpoint.open(folder), device);
    return adapter.map(path -> merged(base, path)).orElse(base);
  }

  private static Model merged(Model base, Path adapter) {
    try (base;
        LoraAdapter lora = LoraAdapter.read(adapter, base)) {
      return lora.merge(base);
    }
  }

  /**
   * Perplexity of a text file, or of the built-in text's test split where it is called {@code
   * wordnet}.
   *
   * @param window tokens of a window
   * @param windows the largest number of windows
   */
  public Perplexity perplexity(Path text, int window, int windows, Perplexity.Progress progress) {
    long most = (long) window * windows;
    long[] document = Texts.document(Texts.ref(text), Split.TEST, tokenizer, most);
    return Perplexity.of(model, document, window, windows, progress);
  }

  /**
   * Accuracies on tasks.
   *
   * @param longest the most tokens that the model sees; what its config says where absent
   */
  public Map<String, TaskResult> tasks(
      List<ZeroShot.Questions> questions, OptionalInt longest, ZeroShot.Progress progress) {
    int most = longest.orElseGet(() -> checkpoint.config().longestText());
    return ZeroShot.evaluate(questions, new LogLikelihoods(model, tokenizer, most), progress);
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
