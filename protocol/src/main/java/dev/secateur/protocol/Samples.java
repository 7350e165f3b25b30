package dev.secateur.protocol;

/**
 * A calibration batch.
 *
 * @param sampling how they are drawn from the text
 * @param count windows
 * @param length tokens of a window
 * @param seed for the choice of windows
 * @param tokenFisher whether second-order criteria average the squared gradients of tokens instead
 *     of samples
 * @param activations whether they are kept for the gradients
 */
public record Samples(
    TextRef text,
    Sampling sampling,
    int count,
    int length,
    long seed,
    boolean tokenFisher,
    Activations activations) {

  /** Tokens below which moves that are measured on them fit the allocation to them. */
  public static final int LEAST_TO_CLIMB = 4096;

  /** Whether they are too few for climbing. */
  public boolean tooFewToClimb() {
    return (long) count * length < LEAST_TO_CLIMB;
  }

  /** No samples, of what depends on nothing but a seed. */
  public static Samples none(long seed) {
    return new Samples(
        new TextRef("none", "none"), Sampling.ROWS, 0, 0, seed, false, Activations.AUTO);
  }

  /** The same drawn by another seed. */
  public Samples seeded(long otherSeed) {
    return new Samples(text, sampling, count, length, otherSeed, tokenFisher, activations);
  }

  /** The same of what has no gradients, so that nothing depends on how those would be taken. */
  public Samples forPasses() {
    return new Samples(text, sampling, count, length, seed, false, Activations.AUTO);
  }

  /** The same of another text. */
  public Samples of(TextRef otherText) {
    return new Samples(otherText, sampling, count, length, seed, tokenFisher, activations);
  }
}
