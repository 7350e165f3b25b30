package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.function.Function;

/**
 * Which trials are worth a recovery: those that meet all of the conditions. Plans have null where
 * there are none.
 */
public record RecoveryBound(List<Condition> conditions) {
  /** All trials are worth it. */
  public static final RecoveryBound NONE = new RecoveryBound(List.of());

  public RecoveryBound {
    conditions = List.copyOf(conditions);
  }

  /** What is asked of the perplexity of a trial's pruned model. */
  public sealed interface Condition {
    /** What one of the functions makes of it, by its case. */
    <R> R as(Function<Perplexity, R> perplexity, Function<Best, R> best);
  }

  /**
   * @param highest that is worth it
   */
  public record Perplexity(double highest) implements Condition {
    @Override
    public <R> R as(Function<Perplexity, R> perplexity, Function<Best, R> best) {
      return perplexity.apply(this);
    }
  }

  /**
   * @param top the maximum number of trials of each model and ratio, those of the lowest perplexity
   */
  public record Best(int top) implements Condition {
    @Override
    public <R> R as(Function<Perplexity, R> perplexity, Function<Best, R> best) {
      return best.apply(this);
    }
  }

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  private static RecoveryBound read(WrittenBound written) {
    return written.bound();
  }

  @JsonValue
  private WrittenBound written() {
    return WrittenBound.of(this);
  }
}
