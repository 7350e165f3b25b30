package dev.secateur.local.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterShape;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.List;

/**
 * Operations a second of plain products with the first block's matrices: the best of three rounds,
 * on the model's device, in this process.
 */
final class PlainProducts {
  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final List<ParameterShape> matrices;

  /** One product with a weight of (out, in). */
  private interface Product {
    NDArray of(NDManager scope, NDArray weight);
  }

  PlainProducts(Model model) {
    this.model = model;
    String block = model.decoder().blockName(0);
    this.matrices =
        model.decoder().parameters().stream()
            .filter(
                parameter -> parameter.name().startsWith(block) && parameter.shape().size() == 2)
            .toList();
  }

  /** Of (tokens, in) with (in, out). */
  double forward(long tokens) {
    return rate(
        tokens,
        (scope, weight) ->
            kernels.linear(scope, kernels.ones(scope, tokens, weight.getShape().get(1)), weight));
  }

  /** Of gradients (tokens, out) with (out, in). */
  double backward(long tokens) {
    return rate(
        tokens,
        (scope, weight) ->
            kernels.matMul(scope, kernels.ones(scope, tokens, weight.getShape().get(0)), weight));
  }

  private double rate(long tokens, Product product) {
    long operations = matrices.stream().mapToLong(matrix -> 2 * tokens * matrix.elements()).sum();
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 3; round++) {
      long start = System.nanoTime();
      multiply(product);
      best = Math.min(best, System.nanoTime() - start);
    }
    return operations * 1e9 / best;
  }

  private void multiply(Product product) {
    try (GradMode mode = GradMode.off()) {
      for (ParameterShape matrix : matrices) {
        try (NDManager scope = model.weights().manager().newSubManager()) {
          finish(product.of(scope, model.weights().get(matrix.name())));
        }
      }
    }
  }

  /** A device works ahead of the program until a number is read. */
  static void finish(NDArray last) {
    try (NDManager scope = last.getManager().newSubManager()) {
      HostArrays.number(Kernels.get().flat(scope, last, 0, 1));
    }
  }
}
