package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.tensor.LinearAlgebraKernels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sums in float64 over tokens of z z^T, of what some of a block's output matrices read. */
final class InputSums {
  private final Map<String, Sum> byName = new LinkedHashMap<>();

  /** The sum of one matrix. */
  private static final class Sum {
    /** (f, f), inputs as they are stored. */
    private final NDArray gram;

    private long tokens;

    private Sum(NDArray gram) {
      this.gram = gram;
    }
  }

  InputSums(List<OutputMatrix> matrices, NDManager scope) {
    for (OutputMatrix matrix : matrices) {
      NDArray gram = LinearAlgebraKernels.get().zeros(scope, matrix.size(), matrix.size());
      byName.put(matrix.layer().name(), new Sum(gram));
    }
  }

  NDArray gram(OutputMatrix matrix) {
    return byName.get(matrix.layer().name()).gram;
  }

  /** How many tokens it read: of an expert its own. */
  long tokens(OutputMatrix matrix) {
    return byName.get(matrix.layer().name()).tokens;
  }

  /** A pass of the block that adds to the sums, without gradients. */
  TensorOps recording(NDManager scope, Model model, Batch row) {
    return new TensorOps(scope, model, row.idRows()) {
      @Override
      public NDArray linear(NDArray x, Linear layer) {
        Sum sum = byName.get(layer.name());
        if (sum != null) {
          NDArray read = isPair() ? kernels.slice(scope, x, 0, 0, 1) : x;
          LinearAlgebraKernels.get().accumulateProduct(sum.gram, read, read);
          sum.tokens += read.size() / sum.gram.getShape().get(0);
        }
        return super.linear(x, layer);
      }
    };
  }
}
