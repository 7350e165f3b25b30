package dev.secateur.estimation;

import dev.secateur.model.Batch;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Layout;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Samples;
import java.util.ArrayList;
import java.util.List;

/**
 * The samples that scores are estimated from.
 *
 * @param batch samples of equal length
 * @param fisher whose squared gradients F averages
 * @param activations whether they are kept for the gradients; no number depends on it
 * @param part which part of the work is to be done
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

  /** What the head's logits of one piece may take; they are the widest activations of all. */
  private static final long LOGIT_BYTES = 32L << 20;

  /** What activations may take whatever the weights take. */
  private static final long LITTLE = 512L << 20;

  /** How many samples of this many tokens go through the head at once, of first order. */
  public static int rowsOfHead(Decoder decoder, int tokens) {
    return (int) Math.max(1, LOGIT_BYTES / (4L * tokens * decoder.vocabulary()));
  }

  /**
   * Whether the activations of passes are kept for the gradients, where weights are not read
   * submodule by submodule and nothing else was asked for.
   *
   * @param pass what one of them costs
   */
  public static boolean keepsActivations(Costs pass, long passes) {
    return pass.activationBytes() * passes <= Math.max(LITTLE, 4 * pass.parameters() / 8);
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

  /** Each sample of the part, to be computed by itself. */
  List<Layout> layouts() {
    List<Layout> layouts = new ArrayList<>();
    for (int row = from(batch.rows()); row < to(batch.rows()); row++) {
      layouts.add(Layout.of(batch.rows(row, row + 1).idRows()));
    }
    return layouts;
  }
}
