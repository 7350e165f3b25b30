package dev.secateur.memory;

import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.ForwardPass;
import dev.secateur.protocol.Precision;
import java.util.List;

/** Peaks of passes without gradients, which hold all results of the submodule that they are in. */
final class ForwardMemory {
  /** Tokens of the rows that questions are computed in; only scores with a cap depend on it. */
  private static final int ROW = 128;

  private final Decoder decoder;
  private final WeightBytes weights;

  ForwardMemory(Decoder decoder, WeightBytes weights) {
    this.decoder = decoder;
    this.weights = weights;
  }

  /**
   * As {@link ForwardPass} runs.
   *
   * @param inputs how many there are
   * @param rows of an input
   * @param tokens of a row
   * @param beside what each submodule takes beside its results, in bytes
   * @param loss what is made of the logits, in copies of them
   */
  long passes(long inputs, int rows, int tokens, long beside, double loss) {
    List<PassSizes> sizes = Costs.of(decoder, tokens).passSizes();
    long stream = 4L * rows * sizes.get(0).output();
    long waiting =
        weights.isSubmoduleed()
            ? Math.min(inputs, (ForwardPass.RESIDUAL_BYTES + stream - 1) / stream)
            : 1;
    long peak = 0;
    for (int submodule = 0; submodule < sizes.size(); submodule++) {
      long results = 4L * rows * sizes.get(submodule).results();
      if (submodule == 0) {
        results -= stream; // it is one of those that wait
      } else if (submodule == sizes.size() - 1) {
        results += (long) (loss * 4L * rows * sizes.get(submodule).output());
      }
      peak = Math.max(peak, cast(submodule) + waiting * stream + beside + results);
    }
    return weights.held() + peak;
  }

  private long cast(int submodule) {
    return weights.cast(submodule, Precision.FLOAT32);
  }

  /** Each sample apart; of each matrix's input its sums, for which it is widened to float64. */
  long inputs(Work.Inputs work) {
    long widest = widest(work.tokens());
    long measuring = passes(work.samples(), 1, work.tokens(), 16 * widest, 0);
    return Math.max(measuring, scoring());
  }

  private long widest(int tokens) {
    return Costs.of(decoder, tokens).passSizes().stream()
        .limit(decoder.layers() + 1L)
        .mapToLong(PassSizes::widest)
        .max()
        .orElse(0);
  }

  /** A matrix at a time, with its magnitudes and their products. */
  private long scoring() {
    long cast = 0;
    long largest = 0;
    for (int submodule = 1; submodule <= decoder.layers(); submodule++) {
      cast = Math.max(cast, cast(submodule));
      largest = Math.max(largest, weights.largest(List.of(submodule)));
    }
    return weights.held() + cast + 2 * 4 * largest;
  }

  /** All samples at once; inputs and outputs of a block are widened to float64 in the end. */
  long influence(Work.Influence work) {
    List<PassSizes> sizes = Costs.of(decoder, work.tokens()).passSizes();
    long stream = 4L * work.samples() * sizes.get(0).output();
    long peak = cast(0) + 4L * work.samples() * sizes.get(0).results();
    for (int submodule = 1; submodule <= decoder.layers(); submodule++) {
      long results = 4L * work.samples() * sizes.get(submodule).results();
      peak = Math.max(peak, cast(submodule) + 2 * stream + results + 6 * stream);
    }
    return weights.held() + peak;
  }

  /** All samples at once, and where weights are submoduleed the streams of many units. */
  long ablation(Work.Ablation work) {
    List<PassSizes> sizes = Costs.of(decoder, work.tokens()).passSizes();
    int head = sizes.size() - 1;
    long stream = 4L * work.samples() * sizes.get(0).output();
    long together =
        weights.isSubmoduleed()
            ? Math.max(1, ForwardPass.RESIDUAL_BYTES / stream) * stream
            : stream;
    long peak = 0;
    for (int submodule = 0; submodule <= head; submodule++) {
      long results = 4L * work.samples() * sizes.get(submodule).results();
      long logits = submodule == head ? 4L * work.samples() * sizes.get(head).output() : 0;
      long zeroed = submodule == 0 || submodule == head ? 0 : weights.gradients(submodule);
      peak = Math.max(peak, cast(submodule) + results + logits + zeroed);
    }
    return weights.held() + peak + head * stream + together;
  }

  /**
   * The stream, the results of a pass beside those of the one before, and of blocks what is cut of
   * them.
   */
  long timing(Work.Timing work) {
    List<PassSizes> sizes = Costs.of(decoder, work.tokens()).passSizes();
    long stream = 4L * work.rows() * sizes.get(0).output();
    long peak = 0;
    for (int submodule = 0; submodule < sizes.size(); submodule++) {
      boolean block = submodule > 0 && submodule < sizes.size() - 1;
      long held = cast(submodule) + (block ? weights.gradients(submodule) : 0);
      long results =
          4L * work.rows() * (sizes.get(submodule).results() + sizes.get(submodule).output());
      peak = Math.max(peak, held + results);
    }
    return weights.held() + stream + peak;
  }

  long windows(Work.Windows work) {
    long inputs = (work.windows() + (long) Perplexity.BATCH - 1) / Perplexity.BATCH;
    int rows = Math.min(Perplexity.BATCH, work.windows());
    return passes(inputs, rows, work.tokens(), 0, 1);
  }

  /** Of half of the logits, rows are copied and their logarithms computed. */
  long questions(Work.Questions work) {
    int rows = LogLikelihoods.TOKENS_AT_ONCE / ROW;
    return passes(work.batches(), rows, ROW, 0, 1);
  }

  /**
   * A submodule at a time, beside the keys and values of all; of the prompt, or of all tokens with
   * the first of them that makes all positions others.
   */
  long text(Work.Text work) {
    long tokens = (long) work.prompt() + work.more();
    int same = decoder.sameUpTo();
    boolean changes = work.prompt() <= same && tokens > same;
    List<PassSizes> sizes = Costs.of(decoder, changes ? same + 1 : work.prompt()).passSizes();
    long cached =
        Costs.of(decoder, 1).heads().stream()
            .mapToLong(heads -> 2 * 4 * tokens * heads.get(1) * decoder.headWidth())
            .sum();
    long peak = 0;
    for (int submodule = 0; submodule <= decoder.layers(); submodule++) {
      long results = 4 * sizes.get(submodule).results();
      peak = Math.max(peak, cast(submodule) + 4 * sizes.get(0).output() + results);
    }
    long head = cast(decoder.layers() + 1) + 4L * decoder.vocabulary();
    return weights.held() + cached + Math.max(peak, head);
  }
}
