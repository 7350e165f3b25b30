package dev.secateur.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.ForwardPass;
import dev.secateur.model.Layout;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.text.Documents;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

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
  /** How many windows a batch has. */
  public static final int BATCH = 8;

  /** Called between batches; may throw to end the evaluation. */
  @FunctionalInterface
  public interface ProgressListener {
    void windowsDone(int done, int all);
  }

  /**
   * How a document is scored.
   *
   * @param window tokens of a window, at least 2
   * @param stride tokens between the starts of windows, at most {@code window}; as many as a window
   *     has for no overlap
   * @param windows the largest number of windows
   * @param begin where the begin token stands
   */
  public record Protocol(int window, int stride, int windows, PerplexityBegin begin) {
    /** The number of a document's tokens that are looked at, the begin token at its start too. */
    public long tokens() {
      return (long) window * windows;
    }

    /** The number of the document's tokens in a window. */
    private int length(OptionalLong before) {
      return window - (before.isPresent() ? 1 : 0);
    }
  }

  /**
   * @param document token ids
   * @param length tokens of a window
   * @param most the largest number of windows to score
   * @throws InputException when the document does not fill one window
   * @throws ArithmeticException when the perplexity is not finite
   */
  public static Perplexity of(
      Model model, long[] document, int length, int most, ProgressListener progress) {
    return of(model, Documents.windows(document, length, most), progress);
  }

  /**
   * The perplexity of a document. Windows that overlap score the tokens that no window before them
   * has scored, so that most are scored with a long context. A window scores all of its tokens but
   * the first: of windows that start with the begin token, all of the document's.
   *
   * @param document token ids, the begin token in front where it stands at the start
   * @param before the begin token, where it stands before every window
   * @throws InputException when the document does not fill one window
   */
  public static Perplexity of(
      Model model,
      long[] document,
      OptionalLong before,
      Protocol protocol,
      ProgressListener progress) {
    checkFills(document, before, protocol);
    int length = protocol.length(before);
    int stride = Math.min(protocol.stride(), length);
    int windows = Math.min((document.length - length) / stride + 1, protocol.windows());
    List<Batch> batches = new ArrayList<>();
    for (int start = 0; start < windows; start += BATCH) {
      int end = Math.min(windows, start + BATCH);
      long[][] rows = new long[end - start][];
      for (int i = start; i < end; i++) {
        long[] window = Arrays.copyOfRange(document, i * stride, i * stride + length);
        rows[i - start] = before.isPresent() ? after(before.getAsLong(), window) : window;
      }
      Batch all = Batch.causal(rows);
      batches.add(stride == length ? all : all.newIn(stride, start == 0 ? 1 : 0));
    }
    return of(model, batches, windows, progress);
  }

  /**
   * @throws InputException when the document does not fill one window
   */
  public static void checkFills(long[] document, OptionalLong before, Protocol protocol) {
    if (document.length < protocol.length(before)) {
      throw new InputException(
          "the text has "
              + document.length
              + " tokens, too few for one window of "
              + protocol.window());
    }
  }

  private static long[] after(long begin, long[] window) {
    return LongStream.concat(LongStream.of(begin), Arrays.stream(window)).toArray();
  }

  /** The perplexity over windows of equal length. */
  public static Perplexity of(Model model, long[][] windows, ProgressListener progress) {
    List<Batch> batches = new ArrayList<>();
    for (int start = 0; start < windows.length; start += BATCH) {
      int end = Math.min(windows.length, start + BATCH);
      batches.add(Batch.causal(Arrays.copyOfRange(windows, start, end)));
    }
    return of(model, batches, windows.length, progress);
  }

  private static Perplexity of(
      Model model, List<Batch> batches, int windows, ProgressListener progress) {
    Sum sum = new Sum();
    ForwardPass.of(model)
        .run(
            batches.stream().map(batch -> Layout.of(batch.idRows())).toList(),
            (index, logits, scope) -> {
              sum.add(batches.get(index), logits, scope);
              progress.windowsDone(sum.rows, windows);
            },
            () -> progress.windowsDone(sum.rows, windows));
    double perplexity = Math.exp(sum.nll / sum.tokens);
    if (!Double.isFinite(perplexity)) {
      throw new ArithmeticException(
          "the perplexity of the evaluation text is "
              + perplexity
              + ", the mean loss of a token "
              + sum.nll / sum.tokens);
    }
    return new Perplexity(perplexity, windows, sum.tokens);
  }

  /** What the batches so far have come to. */
  private static final class Sum {
    private double nll;
    private long tokens;
    private int rows;

    private void add(Batch batch, NDArray logits, NDManager scope) {
      nll += HostArrays.number(Kernels.get().crossEntropySum(scope, logits, batch.targets(scope)));
      tokens += batch.predicted();
      rows += batch.rows();
    }
  }
}
