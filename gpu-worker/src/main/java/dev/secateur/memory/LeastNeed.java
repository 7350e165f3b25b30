package dev.secateur.memory;

import dev.secateur.checkpoint.Residency;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.compensation.LeastSquares;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.Verification;
import dev.secateur.model.Decoder;
import dev.secateur.model.SubmoduleParameters;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Tuning;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.text.TokenRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The least device memory for work on a model: with weights streamed, and one sample, row or batch
 * at a time; for work that holds all weights, with all of them. A device that has less can't do it
 * at all.
 *
 * @param weights bytes of the largest submodule's weights, cast to the computing precision, or of
 *     all weights
 * @param computed bytes of everything else: activations, gradients, scores, moments
 * @param precision of the computation
 * @param whole whether all weights are held
 */
public record LeastNeed(long weights, long computed, Precision precision, boolean whole) {
  private static final double GIB = 1 << 30;

  /**
   * @param works that are done one after the other
   * @param precision that all of them compute in
   */
  public static LeastNeed of(MemoryModel model, List<Work> works, Precision precision) {
    long bytes = works.stream().mapToLong(work -> bytes(model, work, precision)).max().orElse(0);
    WeightBytes streamed = new WeightBytes(model.decoder(), model.types(), Residency.STREAMED);
    long submodule =
        IntStream.range(0, SubmoduleParameters.of(model.decoder()).count())
            .mapToLong(index -> streamed.cast(index, precision))
            .max()
            .orElse(0);
    long weights = Math.min(submodule, bytes);
    return new LeastNeed(weights, bytes - weights, precision, false);
  }

  /** Of works one after the other on random weights, which are all held in float32. */
  public static LeastNeed ofRandom(Decoder decoder, List<Work> works) {
    MemoryModel model = MemoryModel.of(decoder);
    long weights = model.sizes().float32();
    long bytes =
        works.stream().mapToLong(work -> model.need(work, Residency.FLOAT32)).max().orElse(weights);
    return new LeastNeed(weights, bytes - weights, Precision.FLOAT32, true);
  }

  /** Passes are counted in float32; in bfloat16 they take half of that, but for sums. */
  private static long bytes(MemoryModel model, Work work, Precision precision) {
    long counted =
        Arrays.stream(Residency.values())
            .mapToLong(residency -> model.need(work, residency))
            .min()
            .orElseThrow();
    boolean narrower = precision == Precision.BFLOAT16 && !(work instanceof Work.Adapter);
    return narrower ? counted / 2 : counted;
  }

  /** Samples drawn so, but one of one token: the least where nothing is known of them yet. */
  public static Samples oneToken(Samples samples) {
    return new Samples(
        samples.text(),
        samples.sampling(),
        1,
        1,
        samples.seed(),
        samples.tokenFisher(),
        samples.activations());
  }

  /** What pruning by a point looks at, of samples that are drawn so. */
  public static List<Work> pruning(Point point, Samples samples) {
    Work work = StageMemory.of(point.criterion(), point.strategy(), samples, samples.count());
    // units that are left out go together only as far as memory allows
    List<Work> works =
        work instanceof Work.Ablation ablation
            ? perplexity(ablation.tokens(), ablation.samples())
            : List.of(work);
    if (point.scope() != Scope.MEASURED) {
      return works;
    }
    List<Work> all = new ArrayList<>(works);
    all.add(new Work.Profile(samples.count(), samples.length()));
    if (point.climbing() > 0) {
      all.add(new Work.Climbing(samples.count(), samples.length()));
    }
    return all;
  }

  /** Times of structures. */
  public static Work timing(LatencyProtocol protocol) {
    return new Work.Timing(protocol.batch(), protocol.length());
  }

  /** Matrices that are refitted on samples. */
  public static List<Work> compensation(Samples samples, Ridge ridge, boolean inner) {
    int folds =
        ridge.choice() == Ridge.Choice.CROSS_VALIDATION
            ? Math.min(LeastSquares.FOLDS, samples.count())
            : 1;
    return List.of(new Work.Refitting(samples.count(), samples.length(), folds, inner));
  }

  /** A LoRA training, of whose step each row goes through the model by itself. */
  public static List<Work> recovery(Tuning tuning) {
    return List.of(
        new Work.Adapter(
            1,
            1,
            tuning.cutoff(),
            tuning.rank(),
            tuning.dropout() > 0,
            tuning.checkpointing(),
            tuning.precision()));
  }

  /** The perplexity of a text in windows of this many tokens. */
  public static List<Work> perplexity(int window, int windows) {
    return List.of(new Work.Windows(Math.min(windows, Perplexity.BATCH), window));
  }

  /** Passes over batches, and tokens that are generated one by one. */
  public static List<Work> latency(LatencyProtocol protocol) {
    Work forward = new Work.Rows(protocol.batch(), protocol.length());
    return protocol.generated() > 0
        ? List.of(forward, new Work.Text(protocol.length(), protocol.generated()))
        : List.of(forward);
  }

  /**
   * A forward pass of golden rows, and where there are gradients of all that some block has, a
   * backward pass.
   *
   * @param name what errors call the golden values
   * @throws dev.secateur.protocol.InputException when they have no rows of tokens
   */
  public static List<Work> verification(Decoder decoder, SafetensorsFile golden, String name) {
    long[][] ids = TokenRows.read(golden, name, decoder.vocabulary());
    int rows = ids.length;
    int tokens = ids[0].length;
    List<Work> works = new ArrayList<>(List.of(new Work.Rows(rows, tokens)));
    Set<String> wanted = Verification.gradients(golden);
    SubmoduleParameters submodules = SubmoduleParameters.of(decoder);
    if (isOfAll(1, submodules, wanted)) {
      boolean everything = isOfAll(0, submodules, wanted);
      works.add(new Work.Gradients(rows, tokens, false, everything, Activations.RECOMPUTE));
    }
    return works;
  }

  private static boolean isOfAll(
      int submodule, SubmoduleParameters submodules, Set<String> wanted) {
    return wanted.containsAll(submodules.of(submodule));
  }

  /** A training from random weights, of whose step each row goes through the model by itself. */
  public static List<Work> training(Tuning tuning) {
    return List.of(
        new Work.Training(
            tuning.budget().batch(),
            1,
            tuning.cutoff(),
            tuning.checkpointing(),
            tuning.validation() instanceof Tuning.HeldOut));
  }

  /** A text of this many tokens that is continued from one. */
  public static List<Work> generation(int tokens) {
    return List.of(new Work.Text(1, tokens));
  }

  /** All of it. */
  public long bytes() {
    return weights + computed;
  }

  /**
   * @param what is to be done, as a sentence begins
   * @param memory bytes of the device that may be used; 0 where that is unknown
   * @param less what would need less
   * @throws DeviceMemoryException with the figures, where the device has less than it takes
   */
  public void check(String what, String device, long memory, String less) {
    if (memory > 0 && bytes() > memory) {
      throw DeviceMemoryException.tooSmall(
          String.format(
              Locale.ROOT,
              "%s needs at least %s of device memory%s: %s for %s in %s and %s to compute"
                  + " with them; %s has %s for it (try %s or another device;"
                  + " secateur.worker.device-memory says how much may be used)",
              what,
              size(bytes()),
              whole ? "" : ", however weights are kept",
              size(weights),
              whole ? "all weights" : "the weights of one submodule",
              precision.label(),
              size(computed),
              device,
              size(memory),
              less));
    }
  }

  private static String size(long bytes) {
    return bytes < GIB
        ? String.format(Locale.ROOT, "%.0f MiB", bytes / (GIB / 1024))
        : String.format(Locale.ROOT, "%.2f GiB", bytes / GIB);
  }
}
