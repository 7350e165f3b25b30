package dev.secateur.memory;

import dev.secateur.estimation.OutputErrors;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Precision;
import java.util.List;

/**
 * The peak of the criterion {@code obs}: of the gradients of some samples, which hold what goes
 * into every submodule and compute a block again with its graph, sample by sample; or of the sums
 * of all samples, and of the order that replaces them.
 */
final class RemovalMemory {
  /** How many arrays of float32 logits the divergence takes, most of float64. */
  static final int LOGITS = 12;

  /** How many float64 matrices (outputs, inputs) an order takes, and a fit of a profile. */
  private static final int ORDERED = 2;

  private static final int FITTED = 4;

  private final Decoder decoder;
  private final WeightBytes weights;
  private final Work.OutputErrors work;

  RemovalMemory(Decoder decoder, WeightBytes weights, Work.OutputErrors work) {
    this.decoder = decoder;
    this.weights = weights;
    this.work = work;
  }

  long peak() {
    Costs pass = Costs.of(decoder, work.tokens());
    return weights.held() + Math.max(gradients(pass.passSizes()), orders(pass));
  }

  private long gradients(List<PassSizes> sizes) {
    int head = sizes.size() - 1;
    long row = 4L * sizes.get(0).output();
    long stream = row * OutputErrors.together(work.samples(), head, row);
    long peak = 0;
    for (int submodule = 1; submodule <= head; submodule++) {
      PassSizes of = sizes.get(submodule);
      long temporaries =
          submodule == head
              ? GradientMemory.LOSS * of.output()
              : GradientMemory.TEMPORARIES * of.widest();
      long graph = 4 * (of.results() + of.saved() + temporaries);
      long streams = (held(submodule, stream) + 1) * stream + row;
      peak = Math.max(peak, weights.cast(submodule, Precision.FLOAT32) + streams + graph);
    }
    return peak;
  }

  /**
   * The sums of a submodule's structures, as far as they are held together, and the largest order.
   */
  private long orders(Costs pass) {
    List<PassSizes> sizes = pass.passSizes();
    long row = 4L * sizes.get(0).output();
    long width = sizes.get(0).output() / work.tokens();
    long widest = widest(pass);
    long gram = 8 * widest * widest;
    long order = gram + 8 * ORDERED * width * widest;
    long peak = order;
    for (int submodule = 1; submodule < sizes.size() - 1; submodule++) {
      long sums = gram + 4 * sizes.get(submodule).results() + 2L * 8 * work.tokens() * widest;
      long weight = gram + (4 + 8) * width * widest;
      long cast = weights.cast(submodule, Precision.FLOAT32);
      peak = Math.max(peak, cast + Math.max(sums, weight));
    }
    return peak + work.samples() * row + row;
  }

  /** The most inputs of a matrix. */
  private static long widest(Costs pass) {
    return pass.inputs().values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** Of how many submodules the inputs are there while one is looked at. */
  private static long held(int submodule, long stream) {
    int stride = OutputErrors.stride(submodule, stream);
    return stride == 1 ? submodule : submodule / stride + stride + 1L;
  }

  /** Of profiles: the whole model's streams of all samples, and those of one pruned structure. */
  long profile() {
    Costs pass = Costs.of(decoder, work.tokens());
    List<PassSizes> sizes = pass.passSizes();
    int head = sizes.size() - 1;
    long row = 4L * sizes.get(0).output();
    long streams = 2 * row * work.samples() + 2 * row * Math.min(work.samples(), Profiles.WINDOWS);
    long widest = widest(pass);
    long width = sizes.get(0).output() / work.tokens();
    long fit = 8 * (2 * widest * widest + FITTED * width * widest);
    long peak = weights.cast(head, Precision.FLOAT32) + 4 * LOGITS * sizes.get(head).output();
    for (int submodule = 1; submodule < head; submodule++) {
      long sums = 8 * widest * widest + 4 * sizes.get(submodule).results();
      peak = Math.max(peak, weights.cast(submodule, Precision.FLOAT32) + Math.max(sums, fit));
    }
    return weights.held() + streams + peak;
  }
}
