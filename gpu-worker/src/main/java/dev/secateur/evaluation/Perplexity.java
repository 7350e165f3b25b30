package dev.secateur.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import dev.secateur.text.Documents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Perplexity as LLM-Pruner measures it (arXiv 2305.11627): a document is cut into windows without
 * overlap, the tail is dropped, and each window scores all of its tokens but the first. Log-softmax
 * in float32, sums in float64.
 *
 * @param perplexity exp of the mean negative log-likelihood of a scored token
 * @param windows windows scored
 * @param tokens tokens scored
 */
public record Perplexity(double perplexity, long windows, long tokens) {
  private static final int BATCH = 8;

  /** Called between batches; may throw to end the evaluation. */
  @FunctionalInterface
  public interface Progress {
    void windowsDone(int done, int all);
  }

  /**
   * @param document token ids
   * @param length tokens of a window
   * @param most the largest number of windows to score
   * @throws InputException when the document does not fill one window
   * @throws ArithmeticException when the perplexity is not finite
   */
  public static Perplexity of(
      Model model, long[] document, int length, int most, Progress progress) {
    return of(model, Documents.windows(document, length, most), progress);
  }

  /**
   * The perplexity over windows that overlap: each starts {@code stride} tokens after the one
   * before and scores the tokens that no window before it has scored, so that most are scored with
   * a long context. The first scores all of its tokens but the first.
   *
   * @param document token ids
   * @param length tokens of a window
   * @param most the largest number of windows to score
   * @throws InputException when the document does not fill one window
   */
  public static Perplexity strided(
      Model model, long[] document, int length, int stride, int most, Progress progress) {
    if (document.length < length) {
      throw new InputException(
          "the evaluation text has "
              + document.length
              + " tokens, too few for one window of "
              + length);
    }
    int windows = Math.min((document.length - length) / stride + 1, most);
    List<Batch> batches = new ArrayList<>();
    for (int start = 0; start < windows; start += BATCH) {
      int end = Math.min(windows, start + BATCH);
      long[][] rows = new long[end - start][];
      for (int i = start; i < end; i++) {
        rows[i - start] = Arrays.copyOfRange(document, i * stride, i * stride + length);
      }
      Batch all = Batch.causal(rows);
      batches.add(start == 0 ? all.newIn(stride, 1) : all.newIn(stride, 0));
    }
    return of(model, batches, windows, progress);
  }

  /** The perplexity over windows of equal length. */
  public static Perplexity of(Model model, long[][] windows, Progress progress) {
    List<Batch> batches = new ArrayList<>();
    for (int start = 0; start < windows.length; start += BATCH) {
      int end = Math.min(windows.length, start + BATCH);
      batches.add(Batch.causal(Arrays.copyOfRange(windows, start, end)));
    }
    return of(model, batches, windows.length, progress);
  }

  private static Perplexity of(Model model, List<Batch> batches, int windows, Progress progress) {
    double nll = 0;
    long tokens = 0;
    int done = 0;
    try (GradMode mode = GradMode.off()) {
      for (Batch batch : batches) {
        nll += negativeLogLikelihood(model, batch);
        tokens += batch.predicted();
        done += batch.rows();
        progress.windowsDone(done, windows);
      }
    }
    double perplexity = Math.exp(nll / tokens);
    if (!Double.isFinite(perplexity)) {
      throw new ArithmeticException(
          "the perplexity of the evaluation text is "
              + perplexity
              + ", the mean loss of a token "
              + nll / tokens);
    }
    return new Perplexity(perplexity, windows, tokens);
  }

  private static double negativeLogLikelihood(Model model, Batch batch) {
    try (NDManager scope = model.weights().manager().newSubManager()) {
      NDArray logits = model.logits(scope, batch);
      return Kernels.get().crossEntropySum(scope, logits, batch.targets(scope)).getFloat();
    }
  }
}
