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
    long step = work.checkpointing() ? bySubmodule() : whole();
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

  private long results(int submodule) {
    return 4L * work.microBatch() * sizes.get(submodule).results();
  }

  private long activations(int submodule) {
    return results(submodule) + 4L * work.microBatch() * sizes.get(submodule).saved();
  }

  private long temporaries(int submodule) {
    return 4L * work.microBatch() * GradientMemory.TEMPORARIES * sizes.get(submodule).widest();
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
    for (int submodule = 0; submodule <= head; submodule++) {
      kept += activations(submodule);
      left += results(submodule);
    }
    return (adds() ? all : 0) + Math.max(kept, left);
  }

  /** What goes into each submodule, and the activations and gradients of one. */
  private long bySubmodule() {
    long stream = 4L * work.microBatch() * sizes.get(0).output();
    long peak = 0;
    long above = 0;
    for (int submodule = head; submodule >= 0; submodule--) {
      long own = weights.gradients(submodule);
      long backward = Math.max(submodule == head ? loss() : temporaries(submodule), own);
      long inputs = (submodule + 1) * stream; // and the gradient of what comes out
      long gradients = adds() ? all : Math.min(all, above);
      peak = Math.max(peak, gradients + inputs + activations(submodule) + backward);
      above += own;
    }
    return peak;
  }
}
