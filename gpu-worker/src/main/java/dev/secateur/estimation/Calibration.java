package dev.secateur.estimation;

import dev.secateur.model.Batch;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Samples;

/**
 * The samples that scores are estimated from.
 *
 * @param batch samples of equal length
 * @param fisher whose squared gradients F averages
 * @param activations whether they are kept for the gradients; last digits depend on it
 * @param part which part of the work is to be done, and of how many
 * @param parts the number of parts; more than one only for criteria whose statistics add up
 */
public record Calibration(
    Batch batch, Fisher fisher, Activations activations, int part, int parts) {
  /** What F is the mean of squared gradients of (arXiv 2305.11627, Eq. 5). */
  public enum Fisher {
    /** The mean loss of each sample, as published. */
    SAMPLE,
    /** The loss of each predicted token. */
    TOKEN
  }

  /** All of the samples, as published. */
  public static Calibration whole(Batch batch) {
    return new Calibration(batch, Fisher.SAMPLE, Activations.AUTO, 0, 1);
  }

  /** The first of {@code count} things that this part has to do. */
  int from(int count) {
    return (int) ((long) count * part / parts);
  }

  /** The one after the last of {@code count} things that this part has to do. */
  int to(int count) {
    return (int) ((long) count * (part + 1) / parts);
  }

  /** How a batch of samples is looked at, a part of it or all. */
  public static Calibration of(Samples samples, Batch batch, int part, int parts) {
    Fisher fisher = samples.tokenFisher() ? Fisher.TOKEN : Fisher.SAMPLE;
    return new Calibration(batch, fisher, samples.activations(), part, parts);
  }
}
