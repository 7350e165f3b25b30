package dev.secateur.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.evaluation.ChoiceQuestion.Request;
import dev.secateur.model.ForwardPass;
import dev.secateur.model.Layout;
import dev.secateur.model.Model;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * How probable continuations are: the sum of the logarithms of their tokens' probabilities, as
 * EleutherAI's evaluation harness computes it. Requests that share a context are computed in one
 * row; batches are of rows of like length.
 */
public final class LogLikelihoods {
  /** How many tokens are computed at once, unless one row has more. */
  public static final int TOKENS_AT_ONCE = 2048;

  private final Model model;
  private final Tokenizer tokenizer;
  private final long[] begin;
  private final int longest;

  /**
   * @param begin what requests start with
   * @param longest the most tokens that the model sees; longer requests lose their beginning
   */
  public LogLikelihoods(Model model, Tokenizer tokenizer, BeginToken begin, int longest) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.begin = tokenizer.begin(begin);
    this.longest = longest;
  }

  /**
   * The result.
   *
   * @param values in the order of the requests
   * @param truncated requests that were too long
   */
  public record Result(double[] values, int truncated) {}

  /** Told between batches how many rows are done. */
  @FunctionalInterface
  public interface Progress {
    void rowsDone(int done, int all);
  }

  /** A request as tokens. */
  private record Encoded(int index, long[] context, long[] continuation) {}

  /** Requests that share a context, as one row. */
  private record Row(List<Encoded> requests) {
    long[] context() {
      return requests.get(0).context();
    }

    /** The context, and of each continuation all but its last token. */
    int length() {
      return context().length
          + requests.stream().mapToInt(request -> request.continuation().length - 1).sum();
    }
  }

  /**
   * Checks a request before anything is computed.
   *
   * @throws InputException when one of its tokens is none of the model's vocabulary
   */
  void check(Request request) {
    if (tokenizer.mayExceed()) {
      encode(0, request);
    }
  }

  /**
   * Scores every request.
   *
   * @throws ArithmeticException when a log-likelihood is not finite
   */
  public Result of(List<Request> requests, Progress progress) {
    Map<List<Long>, List<Encoded>> byContext = new LinkedHashMap<>();
    int truncated = 0;
    for (int i = 0; i < requests.size(); i++) {
      Encoded whole = encode(i, requests.get(i));
      Encoded fitting = fitting(whole);
      truncated += fitting == whole ? 0 : 1;
      byContext.computeIfAbsent(key(fitting, i), context -> new ArrayList<>()).add(fitting);
    }
    List<Row> rows = new ArrayList<>();
    byContext.values().forEach(same -> rows.addAll(rows(same)));
    rows.sort(Comparator.comparingInt(Row::length));
    double[] values = new double[requests.size()];
    List<Scoring> batches = new ArrayList<>();
    int start = 0;
    while (start < rows.size()) {
      int end = start + 1;
      while (end < rows.size() && fits(rows, start, end)) {
        end++;
      }
      batches.add(scoring(rows.subList(start, end), end));
      start = end;
    }
    int[] done = {0};
    ForwardPass.of(model)
        .run(
            batches.stream().map(Scoring::layout).toList(),
            (index, logits, scope) -> {
              batches.get(index).add(logits, scope, values);
              done[0] = batches.get(index).rows();
              progress.rowsDone(done[0], rows.size());
            },
            () -> progress.rowsDone(done[0], rows.size()));
    return new Result(values, truncated);
  }

  /** A model that sees ahead can't share rows, nor pad them. */
  private List<Long> key(Encoded request, int index) {
    return model.decoder().isCausal()
        ? Arrays.stream(request.context()).boxed().toList()
        : List.of((long) -1 - index);
  }

  private boolean fits(List<Row> rows, int start, int end) {
    int length = rows.get(end).length();
    return model.decoder().isCausal() && (long) length * (end + 1 - start) <= TOKENS_AT_ONCE;
  }

  /** One context's requests, in as few rows as stay below the tokens computed at once. */
  private static List<Row> rows(List<Encoded> same) {
    List<Row> rows = new ArrayList<>();
    List<Encoded> current = new ArrayList<>();
    for (Encoded request : same) {
      current.add(request);
      if (current.size() > 1 && new Row(current).length() > TOKENS_AT_ONCE) {
        current.remove(current.size() - 1);
        rows.add(new Row(List.copyOf(current)));
        current = new ArrayList<>(List.of(request));
      }
    }
    rows.add(new Row(List.copyOf(current)));
    return rows;
  }

  /** Blanks at the end of the context belong to the continuation, as tokenizers join them. */
  private Encoded encode(int index, Request request) {
    String context = request.context().stripTrailing();
    String continuation = request.context().substring(context.length()) + request.continuation();
    if (context.isEmpty()) {
      return alone(index, tokenizer.encode(continuation));
    }
    long[] whole = begun(context + continuation);
    int length = Math.min(whole.length - 1, begun(context).length);
    return length == 0
        ? alone(index, whole)
        : new Encoded(
            index, Arrays.copyOf(whole, length), Arrays.copyOfRange(whole, length, whole.length));
  }

  /** Without a context: after the begin token, else the end token, which is not put there twice. */
  private Encoded alone(int index, long[] continuation) {
    long before =
        mark()
            .orElseThrow(
                () ->
                    new InputException(
                        "the tokenizer has neither a begin nor an end token, one of which a question"
                            + " without a context is asked after"));
    return continuation[0] == before && continuation.length > 1
        ? new Encoded(
            index,
            Arrays.copyOf(continuation, 1),
            Arrays.copyOfRange(continuation, 1, continuation.length))
        : new Encoded(index, new long[] {before}, continuation);
  }

  private OptionalLong mark() {
    return tokenizer.begin().isPresent() ? tokenizer.begin() : tokenizer.eos();
  }

  /** A text's tokens after the begin token, unless the text starts with it. */
  private long[] begun(String text) {
    long[] ids = tokenizer.encode(text);
    boolean begins = mark().isPresent() && text.startsWith(tokenizer.piece(mark().getAsLong()));
    return begin.length == 0 || begins
        ? ids
        : LongStream.concat(Arrays.stream(begin), Arrays.stream(ids)).toArray();
  }

  private Encoded fitting(Encoded request) {
    int surplus = request.context().length + request.continuation().length - 1 - longest;
    if (surplus <= 0) {
      return request;
    }
    if (surplus >= request.context().length) { // the continuation alone is too long
      long[] last =
          Arrays.copyOfRange(
              request.continuation(),
              request.continuation().length - longest,
              request.continuation().length);
      long[] before = {
        request.continuation().length > longest
            ? request.continuation()[request.continuation().length - longest - 1]
            : request.context()[request.context().length - 1]
      };
      return new Encoded(request.index(), before, last);
    }
    return new Encoded(
        request.index(),
        Arrays.copyOfRange(request.context(), surplus, request.context().length),
        request.continuation());
  }

  /**
   * What is read off a batch's logits.
   *
   * @param places in the flattened rows, of which the probabilities of {@code targets} are asked
   * @param owners the request that each belongs to
   * @param rows how many are done with this batch
   */
  private record Scoring(
      Layout layout, List<Long> places, List<Long> targets, List<Integer> owners, int rows) {
    private void add(NDArray logits, NDManager scope, double[] values) {
      float[] found =
          HostArrays.floats(
              Kernels.get()
                  .logProbabilities(
                      scope,
                      logits,
                      places.stream().mapToLong(Long::longValue).toArray(),
                      targets.stream().mapToLong(Long::longValue).toArray()));
      for (int i = 0; i < found.length; i++) {
        if (!Float.isFinite(found[i])) {
          throw new ArithmeticException("the log-likelihood of a token is " + found[i]);
        }
        values[owners.get(i)] += found[i];
      }
    }
  }

  private static Scoring scoring(List<Row> rows, int done) {
    int length = rows.stream().mapToInt(Row::length).max().orElseThrow();
    long[][] ids = new long[rows.size()][length];
    int[][] positions = new int[rows.size()][length];
    int[][] segments = new int[rows.size()][length];
    List<Long> places = new ArrayList<>();
    List<Long> targets = new ArrayList<>();
    List<Integer> owners = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      Arrays.fill(segments[row], -1);
      int context = rows.get(row).context().length;
      System.arraycopy(rows.get(row).context(), 0, ids[row], 0, context);
      for (int i = 0; i < context; i++) {
        positions[row][i] = i;
        segments[row][i] = 0;
      }
      int at = context;
      int segment = 1;
      for (Encoded request : rows.get(row).requests()) {
        long[] continuation = request.continuation();
        for (int i = 0; i < continuation.length; i++) {
          places.add((long) row * length + (i == 0 ? context - 1 : at + i - 1));
          targets.add(continuation[i]);
          owners.add(request.index());
          if (i < continuation.length - 1) {
            ids[row][at + i] = continuation[i];
            positions[row][at + i] = context + i;
            segments[row][at + i] = segment;
          }
        }
        at += continuation.length - 1;
        segment++;
      }
    }
    boolean plain = rows.size() == 1 && rows.get(0).requests().size() == 1;
    Layout layout = plain ? Layout.of(ids) : new Layout(ids, positions, segments);
    return new Scoring(layout, places, targets, owners, done);
  }
}
