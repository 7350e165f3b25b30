package dev.secateur.memory;

import dev.secateur.estimation.Calibration;
import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Precision;
import java.util.List;

/**
 * The peak of gradients of the calibration loss, taken submodule by submodule from the head down.
 */
final class GradientMemory {
  /**
   * How many of a submodule's widest results its backward pass holds beside those that it needs.
   */
  static final int TEMPORARIES = 3;

  /** How many arrays of the logits' size the loss and its gradient hold beside the logits. */
  static final int LOSS = 3;

  private final Decoder decoder;
  private final WeightBytes weights;
  private final Work.Gradients work;
  private final Costs pass;
  private final List<PassSizes> sizes;
  private final long stream;
  private final int head;

  GradientMemory(Decoder decoder, WeightBytes weights, Work.Gradients work) {
    this.decoder = decoder;
    this.weights = weights;
    this.work = work;
    this.pass = Costs.of(decoder, work.tokens());
    this.sizes = pass.passSizes();
    this.stream = 4L * work.samples() * sizes.get(0).output();
    this.head = sizes.size() - 1;
  }

  long peak() {
    boolean keeps =
        !weights.isSubmoduleed()
            && switch (work.activations()) {
              case KEEP -> true;
              case RECOMPUTE -> false;
              case AUTO -> Calibration.keepsActivations(pass, work.samples());
            };
    return weights.held() + (keeps ? keeping() : recomputing());
  }

  /** Every submodule's input is kept, and each submodule is computed twice. */
  private long recomputing() {
    long peak = 0;
    for (int submodule = 0; submodule < head; submodule++) {
      long results = 4L * work.samples() * sizes.get(submodule).results();
      peak = Math.max(peak, cast(submodule) + submodule * stream + results);
    }
    peak = Math.max(peak, cast(head) + (head + 1) * stream + logits());
    for (int submodule = head - 1; submodule >= lowest(); submodule--) {
      long inputs = submodule * stream;
      peak = Math.max(peak, cast(submodule) + inputs + stream + backward(submodule));
    }
    return peak;
  }

  /** Every submodule's activations of all samples are kept until its gradients are taken. */
  private long keeping() {
    long kept = 0;
    for (int submodule = 0; submodule < head; submodule++) {
      kept += 4L * work.samples() * (sizes.get(submodule).results() + sizes.get(submodule).saved());
    }
    long peak = kept + 2 * stream + logits();
    for (int submodule = head - 1; submodule >= lowest(); submodule--) {
      peak = Math.max(peak, kept + stream + gradients(submodule));
      kept -= 4L * work.samples() * (sizes.get(submodule).results() + sizes.get(submodule).saved());
    }
    return peak;
  }

  private int lowest() {
    return work.everything() ? 0 : 1;
  }

  private long cast(int submodule) {
    return weights.cast(submodule, Precision.FLOAT32);
  }

  /** Samples of a backward pass. */
  private int rows() {
    return work.second() ? 1 : work.samples();
  }

  private long backward(int submodule) {
    PassSizes of = sizes.get(submodule);
    return 4L * rows() * (of.results() + of.saved()) + gradients(submodule);
  }

  /**
   * Of some samples at a time, logits and what the loss makes of them, which is gone once a
   * gradient of the head's own parameters is added to the sum of them.
   */
  private long logits() {
    int most = Calibration.rowsOfHead(decoder, work.tokens());
    long rows = work.second() ? 1 : Math.min(work.samples(), most);
    PassSizes of = sizes.get(head);
    long pieces = 4 * rows * (of.results() + of.saved());
    long loss = 4 * rows * LOSS * of.output();
    if (!work.everything()) {
      return pieces + loss;
    }
    long gradient = weights.gradients(head);
    long sums = work.second() ? 2 * gradient : gradient;
    return pieces + gradient + Math.max(loss, sums);
  }

  /**
   * The gradients of a submodule's parameters, of second order with their sums and squares. Those
   * of a pass are all there only when its temporaries, which are most while the first of them is
   * computed, are gone.
   */
  private long gradients(int submodule) {
    long tied = work.everything() ? 4 * weights.tied() * (work.second() ? work.samples() : 1) : 0;
    long sums = work.second() ? 2 * weights.gradients(submodule) : 0;
    long temporaries = 4L * rows() * TEMPORARIES * sizes.get(submodule).widest();
    long first = temporaries + 4 * weights.largest(List.of(submodule));
    return tied + sums + Math.max(first, weights.gradients(submodule));
  }
}
