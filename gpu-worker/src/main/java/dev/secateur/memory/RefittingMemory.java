package dev.secateur.memory;

import dev.secateur.compensation.LeastSquares;
import dev.secateur.model.Costs;
import dev.secateur.model.Costs.PassSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.Precision;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The peak of refitting matrices, beside both streams of all samples: the weights of a block twice,
 * the results of three passes of one sample through it and the sums of one matrix in float64; or
 * without the weights, what solving takes: the sums, the old weights and some rows.
 * Cross-validation also holds the sums of a fold, and solves in a third matrix. Pruned matrices
 * have fewer inputs than are counted here; those after the first pruned one may have all.
 *
 * <p>Inner matrices share three matrices of sums, and each is solved in a copy of one. While the
 * rest of a block is fitted, their refitted weights are held, in both models; before that, their
 * old weights.
 */
final class RefittingMemory {
  /** How many arrays of some rows solving takes. */
  private static final int COPIES = 4;

  /** How many matrices of sums inner matrices share. */
  private static final int SHARED = 3;

  private final Decoder decoder;
  private final WeightBytes weights;
  private final Work.Refitting work;

  RefittingMemory(Decoder decoder, WeightBytes weights, Work.Refitting work) {
    this.decoder = decoder;
    this.weights = weights;
    this.work = work;
  }

  long peak() {
    Costs costs = Costs.of(decoder, work.tokens());
    List<PassSizes> sizes = costs.passSizes();
    long streams = 2 * 4L * work.samples() * sizes.get(0).output();
    long width = sizes.get(0).output() / work.tokens();
    long block = 0;
    for (int submodule = 1; submodule <= decoder.layers(); submodule++) {
      long results = 3 * 4L * sizes.get(submodule).results();
      block = Math.max(block, 2 * weights.cast(submodule, Precision.FLOAT32) + results);
    }
    long peak = 0;
    long refitted = 0;
    for (Matrix matrix : matrices(costs)) {
      peak = Math.max(peak, output(matrix, block));
      if (work.inner() && matrix.inputs() == width) {
        peak = Math.max(peak, inner(matrix, block));
        refitted += 2 * matrix.prior();
      }
    }
    return weights.held() + weights.derived() + streams + refitted + peak;
  }

  /** Of a refit whose streams' ends go through the head, sample by sample. */
  long climbing() {
    List<PassSizes> sizes = Costs.of(decoder, work.tokens()).passSizes();
    int head = sizes.size() - 1;
    long streams = 2 * 4L * work.samples() * sizes.get(0).output();
    long logits = 4L * RemovalMemory.LOGITS * sizes.get(head).output();
    long submodule = 2 * weights.cast(head, Precision.FLOAT32);
    return Math.max(peak(), weights.held() + weights.derived() + streams + submodule + logits);
  }

  /** Sums are of all samples, and of a fold that is left out. */
  private long parts() {
    return work.folds() > 1 ? 2 : 1;
  }

  private long output(Matrix matrix, long block) {
    long sums = parts() * matrix.sums() + matrix.prior();
    long solving = sums + (parts() - 1) * matrix.gram() + matrix.rows();
    return Math.max(block + sums, solving);
  }

  /** Beside all inner matrices of a block, as they were or refitted. */
  private long inner(Matrix matrix, long block) {
    long sums = parts() * SHARED * matrix.gram();
    long validating = sums + matrix.gram() + parts() * matrix.cross() + matrix.rows();
    long all = SHARED * matrix.gram();
    long solving = all + matrix.cross() + matrix.gram() + matrix.rows();
    long writing = all + 3 * matrix.cross(); // fitted, of its inputs alone, transposed
    return Math.max(
        Math.max(block + sums, work.folds() > 1 ? validating : 0), Math.max(solving, writing));
  }

  /** A matrix (h, k). */
  private record Matrix(long outputs, long inputs) {
    private long gram() {
      return 8 * inputs * inputs;
    }

    private long cross() {
      return 8 * outputs * inputs;
    }

    private long sums() {
      return gram() + cross();
    }

    private long prior() {
      return 4 * outputs * inputs;
    }

    private long rows() {
      return COPIES * 8 * Math.min(outputs, LeastSquares.ROWS) * inputs;
    }
  }

  /** Those of the first block that write to the stream at most. */
  private List<Matrix> matrices(Costs costs) {
    Map<String, ParameterShape> shapes =
        decoder.parameters().stream()
            .collect(Collectors.toMap(ParameterShape::name, Function.identity()));
    return costs.linears().values().stream()
        .filter(layer -> layer.name().startsWith(decoder.blockName(0)))
        .map(
            layer -> {
              List<Long> shape = shapes.get(layer.weight()).shape();
              long inputs = shape.get(layer.in());
              return new Matrix(shape.get(1 - layer.in()), inputs);
            })
        .toList();
  }
}
