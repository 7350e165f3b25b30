package dev.secateur.memory;

import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.FreedMemory;
import dev.secateur.training.LoraSettings;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The peak of the training of a LoRA adapter on all affine maps of the blocks. */
final class AdapterMemory {
  /** Bytes of an input's element while it is chosen what is dropped: two halves, three booleans. */
  private static final int HASH_BYTES = 11;

  /**
   * What the process keeps of a block's arrays beside those in use, as a share of these: arrays up
   * to {@link FreedMemory#KEPT_BYTES} come and go in many sizes. Measured with LLaMA's shapes of
   * widths 1024 to 4096, 4 to 32 layers.
   */
  private static final double ALL_KEPT = 2.5;

  /** The same where the widest arrays, those of the MLP, go back to the system. */
  private static final double STREAMS_KEPT = 1.5;

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
    boolean second = !weights.isSubmoduleed() && work.precision() != Precision.FLOAT32;
    long copy = second ? weights.sizes().float32() / 2 : 0; // the base, and a copy in bfloat16
    // The adapter, its gradients and two moments.
    long trained = 4 * 4 * parameters;
    if (weights.isSubmoduleed()) {
      return weights.held() + trained + streamed();
    }
    return weights.held() + copy + trained + (work.checkpointing() ? checkpointed() : whole());
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

  private long submodule(int submodule) {
    PassSizes of = sizes.get(submodule);
    return elementBytes * work.microBatch() * (of.results() + of.saved());
  }

  private long logits() {
    PassSizes of = sizes.get(layers + 1);
    long loss = 4L * work.microBatch() * GradientMemory.LOSS * of.output();
    long wide = work.precision() == Precision.FLOAT32 ? 0 : 4L * work.microBatch() * of.output();
    return submodule(layers + 1) + loss + wide;
  }

  private long activations(int submodule) {
    return submodule(submodule) + (submodule == 0 ? 0 : path() + temporaries());
  }

  /** One submodule after the other, of one micro-batch. */
  private long checkpointed() {
    long stream = elementBytes * work.microBatch() * sizes.get(0).output();
    long peak = 0;
    for (int submodule = 0; submodule <= layers; submodule++) {
      peak = Math.max(peak, (submodule + 1) * stream + activations(submodule));
    }
    return Math.max(peak, (layers + 2) * stream + logits());
  }

  /** A step's rows go through a submodule together, what goes into each is kept. */
  private long streamed() {
    long streams = (layers + 1) * elementBytes * work.batch() * sizes.get(0).output();
    long kept = 0;
    long blocks = 0;
    for (int submodule = 0; submodule <= layers; submodule++) {
      long activations = activations(submodule);
      kept = Math.max(kept, (long) (kept(submodule) * activations));
      blocks = Math.max(blocks, weights.cast(submodule, work.precision()) + activations);
    }
    long head = weights.cast(layers + 1, work.precision()) + logits();
    return streams + kept + Math.max(blocks, head);
  }

  private double kept(int submodule) {
    if (isKept(sizes.get(submodule).widest())) {
      return ALL_KEPT;
    }
    return isKept(sizes.get(0).output()) ? STREAMS_KEPT : 0;
  }

  private boolean isKept(long rowElements) {
    return elementBytes * work.microBatch() * rowElements < FreedMemory.KEPT_BYTES;
  }

  /** All activations of a micro-batch are kept for its backward pass. */
  private long whole() {
    long kept = layers * path();
    for (int submodule = 0; submodule <= layers; submodule++) {
      kept += submodule(submodule);
    }
    return kept + Math.max(logits(), temporaries());
  }
}
