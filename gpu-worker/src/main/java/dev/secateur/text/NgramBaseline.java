package dev.secateur.text;

import java.util.HashMap;
import java.util.Map;

/**
 * The baselines that a language model must beat: a unigram, and a trigram model with absolute
 * discounting that backs off to bigram and unigram (Ney et al. 1994), over token ids.
 */
public final class NgramBaseline {
  private static final double DISCOUNT = 0.75;

  private record Counts(Map<Long, Integer> grams, Map<Long, int[]> contexts) {}

  private final int vocabulary;
  private final long[] unigrams;
  private final long total;
  private final Counts bigrams;
  private final Counts trigrams;

  /** Counts the training tokens. */
  public NgramBaseline(long[] training, int vocabulary) {
    this.vocabulary = vocabulary;
    this.unigrams = new long[vocabulary];
    for (long token : training) {
      unigrams[(int) token]++;
    }
    this.total = training.length;
    this.bigrams = count(training, 1);
    this.trigrams = count(training, 2);
  }

  private Counts count(long[] tokens, int contextLength) {
    Counts counts = new Counts(new HashMap<>(), new HashMap<>());
    for (int i = contextLength; i < tokens.length; i++) {
      long context = context(tokens, i, contextLength);
      int[] seen = counts.contexts.computeIfAbsent(context, c -> new int[2]);
      seen[0]++; // occurrences
      if (counts.grams.merge(context * vocabulary + tokens[i], 1, Integer::sum) == 1) {
        seen[1]++; // distinct followers
      }
    }
    return counts;
  }

  private long context(long[] tokens, int i, int length) {
    return length == 1 ? tokens[i - 1] : tokens[i - 2] * vocabulary + tokens[i - 1];
  }

  /** The perplexity of the unigram model on every token but the first two. */
  public double unigramPerplexity(long[] tokens) {
    double nll = 0;
    for (int i = 2; i < tokens.length; i++) {
      nll -= Math.log(unigram(tokens[i]));
    }
    return Math.exp(nll / (tokens.length - 2));
  }

  /** The perplexity of the trigram model on every token but the first two. */
  public double trigramPerplexity(long[] tokens) {
    double nll = 0;
    for (int i = 2; i < tokens.length; i++) {
      double bigram = backOff(bigrams, tokens, i, 1, unigram(tokens[i]));
      nll -= Math.log(backOff(trigrams, tokens, i, 2, bigram));
    }
    return Math.exp(nll / (tokens.length - 2));
  }

  private double unigram(long token) {
    return (unigrams[(int) token] + 1.0) / (total + vocabulary);
  }

  private double backOff(Counts counts, long[] tokens, int i, int length, double lower) {
    long context = context(tokens, i, length);
    int[] seen = counts.contexts.get(context);
    if (seen == null) {
      return lower;
    }
    int count = counts.grams.getOrDefault(context * vocabulary + tokens[i], 0);
    return (Math.max(0, count - DISCOUNT) + DISCOUNT * seen[1] * lower) / seen[0];
  }
}
