package dev.secateur.memory;

import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.Precision;
import dev.secateur.training.LoraSettings;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The peak of the training of a LoRA adapter on all affine maps of the blocks. */
final class AdapterMemory {
  /** Bytes of an input's element while it is chosen what is dropped: two halves, three booleans. */
  private static final int HASH_BYTES = 11;

  /** Smaller arrays stay with the C library when they are freed (MALLOC_MMAP_THRESHOLD_). */
  private static final long RETURNED_BYTES = 4L << 20;

  private final WeightBytes weights;
  private final Work.Adapter work;
  private final List<PassSizes> sizes;
  private final int layers;
  private final long elementBytes;
  private long parameters;
  private long pathResults;
  private long dropped;
  private long widestInput;

  AdapterMemory(Decoder decoder, WeightBytes weights, Work.Adapter work) {
    this.weights = weights;
    this.work = work;
    this.sizes = Costs.of(decoder, work.cutoff()).passSizes();
    this.layers = decoder.layers();
    this.elementBytes = work.precision() == Precision.FLOAT32 ? 4 : 2;
    Map<String, ParameterShape> shapes =
        decoder.parameters().stream().collect(Collectors.toMap(ParameterShape::name, p -> p));
    for (Linear layer : LoraSettings.blockLayers(decoder)) {
      List<Long> shape = shapes.get(layer.weight()).shape();
      addPath(shape.get(layer.in()), shape.get(layer.out()));
    }
  }

  /**
   * The low-rank path: its input dropped out, and A's output, scaled; B's is added to the straight
   * one in place.
   */
  private void addPath(long in, long out) {
    parameters += work.rank() * (in + out);
    pathResults += 2L * work.rank();
    dropped += work.dropout() ? in : 0;
    widestInput = Math.max(widestInput, work.dropout() ? in : 0);
  }

  long peak() {
    boolean second = !weights.isSectioned() && work.precision() != Precision.FLOAT32;
    long copy = second ? weights.sizes().float32() / 2 : 0; // the base, and a copy in bfloat16
    // The adapter, its gradients and two moments.
    long trained = 4 * 4 * parameters;
    boolean bySection = weights.isSectioned() || work.checkpointing();
    return weights.held() + copy + trained + (bySection ? bySection() : whole());
  }

  private long path() {
    long bytes = 4 * (pathResults + dropped) + dropped; // what is kept is booleans
    return work.microBatch() * (long) work.cutoff() * bytes / layers;
  }

  private long temporaries() {
    long widest =
        sizes.subList(1, layers + 1).stream().mapToLong(PassSizes::widest).max().orElse(0);
    long backward = elementBytes * work.microBatch() * GradientMemory.TEMPORARIES * widest;
    long bits = (long) HASH_BYTES * work.microBatch() * work.cutoff() * widestInput;
    return Math.max(backward, bits);
  }

  private long section(int section) {
    PassSizes of = sizes.get(section);
    return elementBytes * work.microBatch() * (of.results() + of.saved());
  }

  private long logits() {
    PassSizes of = sizes.get(layers + 1);
    long loss = 4L * work.microBatch() * GradientMemory.LOSS * of.output();
    long wide = work.precision() == Precision.FLOAT32 ? 0 : 4L * work.microBatch() * of.output();
    return section(layers + 1) + loss + wide;
  }

  /** Where a step's rows go through a section together, its inputs are kept. */
  private long bySection() {
    long rows = weights.isSectioned() ? work.batch() : work.microBatch();
    long stream = elementBytes * rows * sizes.get(0).output();
    long peak = 0;
    long left = 0; // by blocks, when the head is computed
    for (int section = 0; section <= layers; section++) {
      long activations = section(section) + (section == 0 ? 0 : path() + temporaries());
      left = areKept(section) ? Math.max(left, activations) : left;
      peak =
          Math.max(
              peak, weights.cast(section, work.precision()) + (section + 1) * stream + activations);
    }
    long head = weights.cast(layers + 1, work.precision()) + (layers + 2) * stream + logits();
    return Math.max(peak, head + left);
  }

  private boolean areKept(int section) {
    return elementBytes * work.microBatch() * sizes.get(section).widest() < RETURNED_BYTES;
  }

  /** All activations of a micro-batch are kept for its backward pass. */
  private long whole() {
    long kept = layers * path();
    for (int section = 0; section <= layers; section++) {
      kept += section(section);
    }
    return kept + Math.max(logits(), temporaries());
  }
}
