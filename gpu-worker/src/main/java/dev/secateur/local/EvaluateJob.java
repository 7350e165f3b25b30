package dev.secateur.local;

import ai.djl.Device;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.TaskResult;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.generation.Latency;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Precision;
import dev.secateur.source.Texts;
import dev.secateur.text.Documents;
import dev.secateur.text.Split;
import dev.secateur.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Evaluates one checkpoint on one device, without a cluster. The model is loaded once the first
 * text is read.
 */
public final class EvaluateJob implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final Tokenizer tokenizer;
  private final LocalModel model;

  /**
   * Reads the config and the tokenizer.
   *
   * @param adapter a PEFT adapter that is merged into the model
   * @param device asked for when the model is loaded
   * @param allowance what the model may use of memory
   * @param compute what the model computes in
   * @param talk told in words how the model is loaded
   */
  public EvaluateJob(
      Path folder,
      Optional<Path> adapter,
      Supplier<Device> device,
      Allowance allowance,
      Precision compute,
      Consumer<String> talk) {
    checkpoint = Checkpoint.open(folder);
    tokenizer = Tokenizer.open(folder);
    model = new LocalModel(checkpoint, adapter, device, allowance, compute, talk);
  }

  /**
   * Perplexity of a text of this machine, or of the built-in text's test split where it is called
   * {@code wordnet}; rows of a file of rows are joined by blank lines.
   */
  public Perplexity perplexity(
      String text, Perplexity.Protocol protocol, Perplexity.ProgressListener progress) {
    return model.compute(
        loaded -> Texts.perplexity(loaded, tokenizer, Texts.ref(text), protocol, progress));
  }

  /** The checkpoint's tokenizer, closed with this. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * How fast the model is on a text's first tokens.
   *
   * @param inputs windows that a pass goes over; all of the text's where absent
   */
  public Latency latency(
      String text, LatencyProtocol protocol, OptionalInt inputs, Latency.Listener listener) {
    int length = protocol.length();
    long most = inputs.isPresent() ? (long) inputs.getAsInt() * length : Long.MAX_VALUE;
    long[] document = Texts.document(Texts.ref(text), Split.TEST, tokenizer, most);
    long[][] windows = Documents.windows(document, length, inputs.orElse(Integer.MAX_VALUE));
    return model.compute(loaded -> Latency.measure(loaded.get(), windows, protocol, listener));
  }

  /**
   * Accuracies on tasks.
   *
   * @param begin what their questions start with
   * @param longest the most tokens that the model sees; what its config says where absent
   */
  public Map<String, TaskResult> tasks(
      List<ZeroShot.Questions> questions,
      BeginToken begin,
      OptionalInt longest,
      ZeroShot.ProgressListener progress) {
    int most = longest.orElseGet(() -> checkpoint.config().longestText());
    return model.compute(
        loaded ->
            ZeroShot.evaluate(
                questions, new LogLikelihoods(loaded.get(), tokenizer, begin, most), progress));
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
