package dev.secateur.memory;

import dev.secateur.estimation.OutputErrors;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Precision;
import java.util.List;

/**
 * The peak of the criterion {@code obs}: what goes into every section is kept of all samples, and a
 * block is computed again with its graph, sample by sample.
 */
final class RemovalMemory {
  /** How many float64 matrices (inputs, inputs) the order of a structure's units takes. */
  private static final int SQUARES = 3;

  /** How many arrays of float32 logits the divergence takes, most of float64. */
  static final int LOGITS = 12;

  /** How many float64 matrices (outputs, inputs). */
  private static final int WEIGHTS = 3;

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
    List<PassSizes> sizes = pass.passSizes();
    int head = sizes.size() - 1;
    long stream = 4L * work.samples() * sizes.get(0).output();
    long widest = pass.inputs().values().stream().mapToLong(Long::longValue).max().orElse(0);
    long width = sizes.get(0).output() / work.tokens();
    long order = 8 * (SQUARES * widest * widest + WEIGHTS * width * widest);
    long gram = 8 * widest * widest;
    long peak = 0;
    for (int section = 1; section <= head; section++) {
      PassSizes of = sizes.get(section);
      long temporaries =
          section == head
              ? GradientMemory.LOSS * of.output()
              : GradientMemory.TEMPORARIES * of.widest();
      long row = 4 * (of.results() + of.saved() + temporaries);
      long streams = (held(section, stream) + 2) * stream;
      long work = section == head ? row : Math.max(gram + row, order);
      peak = Math.max(peak, weights.cast(section, Precision.FLOAT32) + streams + work);
    }
    return weights.held() + peak;
  }

  /** Of how many sections the inputs are there while one is looked at. */
  private static long held(int section, long stream) {
    int stride = OutputErrors.stride(section, stream);
    return stride == 1 ? section : section / stride + stride + 1L;
  }

  /** Of profiles: the whole model's streams of all samples, and those of one pruned structure. */
  long profile() {
    Costs pass = Costs.of(decoder, work.tokens());
    List<PassSizes> sizes = pass.passSizes();
    int head = sizes.size() - 1;
    long row = 4L * sizes.get(0).output();
    long streams = 2 * row * work.samples() + 2 * row * Math.min(work.samples(), Profiles.WINDOWS);
    long widest = pass.inputs().values().stream().mapToLong(Long::longValue).max().orElse(0);
    long width = sizes.get(0).output() / work.tokens();
    long fit = 8 * ((SQUARES + 1) * widest * widest + (WEIGHTS + 1) * width * widest);
    long peak = weights.cast(head, Precision.FLOAT32) + 4 * LOGITS * sizes.get(head).output();
    for (int section = 1; section < head; section++) {
      long sums = 8 * widest * widest + 4 * sizes.get(section).results();
      peak = Math.max(peak, weights.cast(section, Precision.FLOAT32) + Math.max(sums, fit));
    }
    return weights.held() + streams + peak;
  }
}
