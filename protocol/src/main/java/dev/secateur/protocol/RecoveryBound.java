package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * Which trials are worth a recovery, by the perplexity of their pruned models. What excludes none
 * is written as null.
 *
 * @param perplexity the highest that is worth it; infinite if every perplexity is
 * @param top the maximum number of trials of each model and ratio, those of the lowest perplexity;
 *     {@link Integer#MAX_VALUE} for all of them
 */
@JsonPropertyOrder({"perplexity", "top"})
public record RecoveryBound(double perplexity, int top) {
  /** Every trial is worth it. */
  public static final RecoveryBound ALL =
      new RecoveryBound(Double.POSITIVE_INFINITY, Integer.MAX_VALUE);

  @JsonCreator
  private static RecoveryBound read(
      @JsonProperty("perplexity") Double perplexity, @JsonProperty("top") Integer top) {
    return new RecoveryBound(
        perplexity == null ? ALL.perplexity : perplexity, top == null ? ALL.top : top);
  }

  /** Whether it can exclude any trial. */
  public boolean limits() {
    return !equals(ALL);
  }

  /** Whether it excludes trials for others that are better. */
  public boolean ranks() {
    return top < ALL.top;
  }

  @JsonProperty("perplexity")
  Double writtenPerplexity() {
    return perplexity < ALL.perplexity ? perplexity : null;
  }

  @JsonProperty("top")
  Integer writtenTop() {
    return ranks() ? top : null;
  }
}
