package dev.secateur.memory;

import dev.secateur.checkpoint.Residency;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.SectionParameters;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Tuning;
import dev.secateur.tensor.DeviceMemoryException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What work on a model needs of a device in the way that takes least: weights streamed, and one
 * sample, row or batch at a time. A device that has less can't do it at all.
 *
 * @param weights bytes of the largest section's, cast to what is computed in
 * @param computed bytes of all else: activations, gradients, scores
 * @param precision that is computed in
 */
public record LeastNeed(long weights, long computed, Precision precision) {
  private static final double GIB = 1 << 30;

  /**
   * @param works that are done one after the other
   * @param precision that all of them compute in
   */
  public static LeastNeed of(MemoryModel model, List<Work> works, Precision precision) {
    long bytes = works.stream().mapToLong(work -> bytes(model, work, precision)).max().orElse(0);
    WeightBytes streamed = new WeightBytes(model.decoder(), model.types(), Residency.STREAMED);
    long section =
        IntStream.range(0, SectionParameters.of(model.decoder()).count())
            .mapToLong(index -> streamed.cast(index, precision))
            .max()
            .orElse(0);
    long weights = Math.min(section, bytes);
    return new LeastNeed(weights, bytes - weights, precision);
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
    return work instanceof Work.Ablation ablation
        ? perplexity(ablation.tokens(), ablation.samples())
        : List.of(work);
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

  /** The perplexity of a text in windows of so many tokens. */
  public static List<Work> perplexity(int window, int windows) {
    return List.of(new Work.Windows(Math.min(windows, Perplexity.BATCH), window));
  }

  /** A text of so many tokens that is continued from one. */
  public static List<Work> generation(int tokens) {
    return List.of(new Work.Text(1, tokens));
  }

  /** All of it. */
  public long bytes() {
    return weights + computed;
  }

  /**
   * @param what is to be done, as a sentence begins
   * @param memory bytes of the device that may be used; 0 where that is not known
   * @param less what would need less
   * @throws DeviceMemoryException with the figures, where the device has less than it takes
   */
  public void check(String what, String device, long memory, String less) {
    if (memory > 0 && bytes() > memory) {
      throw DeviceMemoryException.tooSmall(
          String.format(
              Locale.ROOT,
              "%s needs at least %s of the device, however weights are kept: %s for the weights of"
                  + " one section in %s and %s for what is computed with them; %s has %s for it"
                  + " (%s or another device may do; secateur.worker.device-memory says what may be"
                  + " used)",
              what,
              size(bytes()),
              size(weights),
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
