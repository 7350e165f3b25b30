package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Layout;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.MixtureKernels;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/** A block's forward pass up to what a matrix reads, or to what its experts share out. */
final class InputPass extends TensorOps {
  private final String matrix;
  private final boolean ofExpert;
  private NDArray read;
  private MixtureKernels.Routing routing; // null where the matrix is no expert's

  /**
   * @param matrix the name of the one that the pass ends before
   * @param ofExpert whether it is an expert's; the pass ends before all of them then
   */
  InputPass(
      NDManager scope,
      Model model,
      Function<String, NDArray> parameters,
      long[] row,
      String matrix,
      boolean ofExpert) {
    super(scope, model, parameters, Layout.of(new long[][] {row}));
    this.matrix = matrix;
    this.ofExpert = ofExpert;
  }

  /** Runs the block as far as is asked for. */
  InputPass run(Model model, int block, NDArray input) {
    try {
      model.decoder().block(this, input, block);
    } catch (BlockPass.Reached e) {
      return this;
    }
    throw new IllegalStateException("the block's pass does not come to '" + matrix + "'");
  }

  /** What the matrix reads, or all experts do: (1, T, D). */
  NDArray read() {
    return read;
  }

  /**
   * Those tokens of x that an expert computes in this pass: (1, T, D) -> (N, D); nothing where none
   * chooses it.
   */
  Optional<NDArray> chosen(NDArray x, int expert) {
    double[] counts = HostArrays.doubles(routing.counts());
    long count = (long) counts[expert];
    long start = (long) Arrays.stream(counts, 0, expert).sum();
    return count == 0
        ? Optional.empty()
        : Optional.of(kernels.slice(scope, mixtures.dispatch(scope, x, routing), 0, start, count));
  }

  @Override
  public NDArray linear(NDArray x, Linear layer) {
    if (layer.name().equals(matrix)) {
      read = x;
      throw new BlockPass.Reached();
    }
    return super.linear(x, layer);
  }

  @Override
  public NDArray mixture(NDArray x, NDArray logits, Mixture mixture, Expert<NDArray> each) {
    if (!ofExpert) {
      return super.mixture(x, logits, mixture, each);
    }
    read = x;
    routing = mixtures.route(scope, logits, mixture.perToken(), mixture.normalised());
    throw new BlockPass.Reached();
  }
}
