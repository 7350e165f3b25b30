package dev.secateur.memory;

import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import java.util.List;
import java.util.stream.IntStream;

/** The peak of a training of all weights: each has a gradient and two moments. */
final class TrainingMemory {
  /** Bytes of a parameter's element while the norm of its gradient is taken, in float64. */
  private static final int NORM_BYTES = 2 * 8;

  private final WeightBytes weights;
  private final Work.Training work;
  private final List<PassSizes> sizes;
  private final int head;
  private final long all;

  TrainingMemory(Decoder decoder, WeightBytes weights, Work.Training work) {
    this.weights = weights;
    this.work = work;
    this.sizes = Costs.of(decoder, work.cutoff()).passSizes();
    this.head = sizes.size() - 1;
    this.all = weights.sizes().float32();
  }

  long peak() {
    long held = (work.validated() ? 4 : 3) * all;
    long step = work.checkpointing() ? bySection() : whole();
    return held + Math.max(step, update());
  }

  private long update() {
    long largest = weights.largest(IntStream.rangeClosed(0, head).boxed().toList());
    return all + NORM_BYTES * largest;
  }

  /** The gradients of earlier micro-batches, to which a later one's are added. */
  private boolean adds() {
    return work.batch() > work.microBatch();
  }

  private long results(int section) {
    return 4L * work.microBatch() * sizes.get(section).results();
  }

  private long activations(int section) {
    return results(section) + 4L * work.microBatch() * sizes.get(section).saved();
  }

  private long temporaries(int section) {
    return 4L * work.microBatch() * GradientMemory.TEMPORARIES * sizes.get(section).widest();
  }

  private long loss() {
    return 4L * work.microBatch() * GradientMemory.LOSS * sizes.get(head).output();
  }

  /**
   * All activations before the backward pass, which leaves results, that have an owner, and the
   * gradients.
   */
  private long whole() {
    long kept = loss();
    long left = all;
    for (int section = 0; section <= head; section++) {
      kept += activations(section);
      left += results(section);
    }
    return (adds() ? all : 0) + Math.max(kept, left);
  }

  /** What goes into each section, and the activations and gradients of one. */
  private long bySection() {
    long stream = 4L * work.microBatch() * sizes.get(0).output();
    long peak = 0;
    long above = 0;
    for (int section = head; section >= 0; section--) {
      long own = weights.gradients(section);
      long backward = Math.max(section == head ? loss() : temporaries(section), own);
      long inputs = (section + 1) * stream; // and the gradient of what comes out
      long gradients = adds() ? all : Math.min(all, above);
      peak = Math.max(peak, gradients + inputs + activations(section) + backward);
      above += own;
    }
    return peak;
  }
}
