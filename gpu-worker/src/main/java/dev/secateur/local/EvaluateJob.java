package dev.secateur.local;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.TaskResult;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.generation.Latency;
import dev.secateur.model.Model;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Precision;
import dev.secateur.source.Texts;
import dev.secateur.text.Documents;
import dev.secateur.text.Split;
import dev.secateur.text.Tokenizer;
import dev.secateur.training.PeftAdapter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * Evaluates one checkpoint on one device, without a cluster. The model is loaded once the first
 * text is read.
 */
public final class EvaluateJob implements AutoCloseable {
  private final Path folder;
  private final Optional<Path> adapter;
  private final Supplier<Device> device;
  private final Precision compute;
  private final Checkpoint checkpoint;
  private final Tokenizer tokenizer;
  private Optional<Model> loaded = Optional.empty();

  /**
   * Reads the config and the tokenizer.
   *
   * @param adapter a PEFT adapter that is merged into the model
   * @param device asked for when the model is loaded
   * @param compute what the model computes in
   */
  public EvaluateJob(
      Path folder, Optional<Path> adapter, Supplier<Device> device, Precision compute) {
    this.folder = folder;
    this.adapter = adapter;
    this.device = device;
    this.compute = compute;
    checkpoint = Checkpoint.open(folder);
    tokenizer = Tokenizer.open(folder);
  }

  private Model model() {
    if (loaded.isEmpty()) {
      loaded = Optional.of(load(folder, adapter, device.get(), compute));
    }
    return loaded.get();
  }

  /** As {@link #load(Path, Optional, Device)}, computing in a precision. */
  static Model load(Path folder, Optional<Path> adapter, Device device, Precision compute) {
    Model model = load(folder, adapter, device);
    if (compute == Precision.FLOAT32) {
      return model;
    }
    try (model) {
      return model.held(compute);
    }
  }

  /** A checkpoint's model with an adapter merged into it, where there is one. */
  private static Model load(Path folder, Optional<Path> adapter, Device device) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    if (adapter.isEmpty()) {
      return CheckpointReader.load(checkpoint, device);
    }
    try (PeftAdapter lora = PeftAdapter.read(adapter.get(), checkpoint.decoder(), device);
        Model base = CheckpointReader.load(checkpoint, device)) {
      return lora.merge(base);
    }
  }

  /**
   * Perplexity of a text of this machine, or of the built-in text's test split where it is called
   * {@code wordnet}; rows of a file of rows are joined by blank lines.
   */
  public Perplexity perplexity(
      String text, Perplexity.Protocol protocol, Perplexity.Progress progress) {
    return Texts.perplexity(this::model, tokenizer, Texts.ref(text), protocol, progress);
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
    return Latency.measure(model(), windows, protocol, listener);
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
      ZeroShot.Progress progress) {
    int most = longest.orElseGet(() -> checkpoint.config().longestText());
    LogLikelihoods likelihoods = new LogLikelihoods(model(), tokenizer, begin, most);
    return ZeroShot.evaluate(questions, likelihoods, progress);
  }

  @Override
  public void close() {
    loaded.ifPresent(Model::close);
    tokenizer.close();
  }
}
