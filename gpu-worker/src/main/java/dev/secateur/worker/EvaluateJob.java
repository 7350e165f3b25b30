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
import dev.secateur.text.Documents;
import dev.secateur.text.JsonLines;
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
   * How perplexity is measured.
   *
   * @param window tokens of a window
   * @param stride tokens between the starts of windows; as many as a window's for no overlap
   * @param windows the largest number of windows
   * @param column the field of JSONL rows that holds the text; rows are joined by blank lines
   */
  public record Protocol(int window, int stride, int windows, String column) {}

  /**
   * Perplexity of a text file, of a JSONL file's column, or of the built-in text's test split where
   * it is called {@code wordnet}.
   */
  public Perplexity perplexity(Path text, Protocol protocol, Perplexity.Progress progress) {
    long most = (long) protocol.window() * protocol.windows();
    long[] document =
        text.toString().endsWith(".jsonl")
            ? Documents.tokens(JsonLines.column(text, protocol.column()), tokenizer, most)
            : Texts.document(Texts.ref(text), Split.TEST, tokenizer, most);
    return protocol.stride() < protocol.window()
        ? Perplexity.strided(
            model, document, protocol.window(), protocol.stride(), protocol.windows(), progress)
        : Perplexity.of(model, document, protocol.window(), protocol.windows(), progress);
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
