package dev.secateur.evaluation;

import dev.secateur.evaluation.ChoiceQuestion.Request;
import dev.secateur.model.ForwardPass;
import dev.secateur.model.Model;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.InputException;
import dev.secateur.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/**
 * How probable continuations are: the sum of the logarithms of their tokens' probabilities, as
 * EleutherAI's evaluation harness computes it. Requests that share a context are computed in one
 * row; batches have rows of similar length.
 */
public final class LogLikelihoods {
  /** How many tokens a batch has, unless one row has more. */
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
  public interface ProgressListener {
    void rowsDone(int done, int all);
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
  public Result of(List<Request> requests, ProgressListener progress) {
    Map<List<Long>, List<EncodedRequest>> byContext = new LinkedHashMap<>();
    int truncated = 0;
    for (int i = 0; i < requests.size(); i++) {
      EncodedRequest whole = encode(i, requests.get(i));
      EncodedRequest fitting = fitting(whole);
      truncated += fitting == whole ? 0 : 1;
      byContext.computeIfAbsent(key(fitting, i), context -> new ArrayList<>()).add(fitting);
    }
    List<SharedRow> rows = new ArrayList<>();
    byContext.values().forEach(same -> rows.addAll(rows(same)));
    rows.sort(Comparator.comparingInt(SharedRow::length));
    double[] values = new double[requests.size()];
    List<ScoringBatch> batches = new ArrayList<>();
    int start = 0;
    while (start < rows.size()) {
      int end = start + 1;
      while (end < rows.size() && fits(rows, start, end)) {
        end++;
      }
      batches.add(ScoringBatch.of(rows.subList(start, end)));
      start = end;
    }
    AtomicInteger done = new AtomicInteger();
    ForwardPass.of(model)
        .run(
            batches.stream().map(ScoringBatch::layout).toList(),
            (index, logits, scope) -> {
              batches.get(index).score(logits, scope, values);
              progress.rowsDone(done.addAndGet(batches.get(index).rows()), rows.size());
            },
            () -> progress.rowsDone(done.get(), rows.size()));
    return new Result(values, truncated);
  }

  /** A model that sees ahead can't share rows, nor pad them. */
  private List<Long> key(EncodedRequest request, int index) {
    return model.decoder().isCausal()
        ? Arrays.stream(request.context()).boxed().toList()
        : List.of(-1L - index);
  }

  private boolean fits(List<SharedRow> rows, int start, int end) {
    int length = rows.get(end).length();
    return model.decoder().isCausal() && (long) length * (end + 1 - start) <= TOKENS_AT_ONCE;
  }

  /** One context's requests, in as few rows as stay below the tokens of a batch. */
  private static List<SharedRow> rows(List<EncodedRequest> same) {
    List<SharedRow> rows = new ArrayList<>();
    List<EncodedRequest> current = new ArrayList<>();
    for (EncodedRequest request : same) {
      current.add(request);
      if (current.size() > 1 && new SharedRow(current).length() > TOKENS_AT_ONCE) {
        current.remove(current.size() - 1);
        rows.add(new SharedRow(current));
        current = new ArrayList<>(List.of(request));
      }
    }
    rows.add(new SharedRow(current));
    return rows;
  }

  /** Blanks at the end of the context belong to the continuation, as tokenizers join them. */
  private EncodedRequest encode(int index, Request request) {
    String context = request.context().stripTrailing();
    String continuation = request.context().substring(context.length()) + request.continuation();
    if (context.isEmpty()) {
      return alone(index, tokenizer.encode(continuation));
    }
    long[] whole = begun(context + continuation);
    int length = Math.min(whole.length - 1, begun(context).length);
    return length == 0
        ? alone(index, whole)
        : new EncodedRequest(
            index, Arrays.copyOf(whole, length), Arrays.copyOfRange(whole, length, whole.length));
  }

  /** Without a context: after the begin token, else the end token, which is not put there twice. */
  private EncodedRequest alone(int index, long[] continuation) {
    long before =
        mark()
            .orElseThrow(
                () ->
                    new InputException(
                        "the tokenizer has neither a begin-of-sequence nor an end-of-sequence"
                            + " token, but a question without a context needs one of them"));
    return continuation[0] == before && continuation.length > 1
        ? new EncodedRequest(
            index,
            Arrays.copyOf(continuation, 1),
            Arrays.copyOfRange(continuation, 1, continuation.length))
        : new EncodedRequest(index, new long[] {before}, continuation);
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

  private EncodedRequest fitting(EncodedRequest request) {
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
      return new EncodedRequest(request.index(), before, last);
    }
    return new EncodedRequest(
        request.index(),
        Arrays.copyOfRange(request.context(), surplus, request.context().length),
        request.continuation());
  }
}
