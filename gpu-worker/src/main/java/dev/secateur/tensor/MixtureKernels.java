package dev.secateur.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;

/**
 * Operations of mixtures of experts; methods of the same TorchScript module as {@link Kernels}.
 *
 * <p>Letters: N tokens, E experts, k experts of a token, D residual width. A slot is one of a
 * token's k experts: N k of them, token by token.
 */
public final class MixtureKernels extends ScriptedKernels {
  private static final MixtureKernels KERNELS = new MixtureKernels();

  private MixtureKernels() {}

  /** The kernels; the first that is run starts DJL's engine. */
  public static MixtureKernels get() {
    return KERNELS;
  }

  /**
   * Which experts compute which tokens.
   *
   * @param weights what each slot's output counts (N, k); differentiable
   * @param order the slots (N k) in the order of their experts, those of an expert by token
   * @param counts how many slots each expert has (E), as float64
   */
  public record Routing(NDArray weights, NDArray order, NDArray counts) {}

  /**
   * The {@code chosen} experts of the highest probabilities of each token: softmax in float32 over
   * all logits (B, T, E).
   *
   * @param normalised whether the weights of a token add up to one
   */
  public Routing route(NDManager scope, NDArray logits, long chosen, boolean normalised) {
    List<NDArray> routed = runAll(scope, "route", logits, chosen, normalised);
    return new Routing(routed.get(0), routed.get(1), routed.get(2));
  }

  /** The tokens x (B, T, D) of each slot, in the order of experts: (N k, D). */
  public NDArray dispatch(NDManager scope, NDArray x, Routing routing) {
    long chosen = routing.weights().getShape().get(1);
    return run(scope, "dispatch", x, routing.order(), chosen);
  }

  /**
   * The weighted sum of each token's outputs.
   *
   * @param x what the tokens were, (B, T, D)
   * @param outputs of each expert that has slots, in order; one at least
   * @return (B, T, D)
   */
  public NDArray combine(NDManager scope, NDArray x, Routing routing, List<NDArray> outputs) {
    return run(scope, "combine", x, routing.weights(), routing.order(), all(outputs));
  }

  /** The weight times the Euclidean norm of each slot's output, in the order of experts: (N k). */
  public NDArray weightedNorms(NDManager scope, Routing routing, List<NDArray> outputs) {
    return run(scope, "weighted_norms", routing.weights(), routing.order(), all(outputs));
  }

  /** The rows, and once more the rows: (N, D) -> (2 N, D). */
  public NDArray twice(NDManager scope, NDArray x) {
    return run(scope, "twice", x);
  }

  /** Logits (..., E) with which no token chooses the expert. */
  public NDArray without(NDManager scope, NDArray logits, long expert) {
    try (NDManager local = scope.newSubManager()) {
      return run(scope, "close_expert", logits, HostArrays.of(local, new long[] {expert}, 1));
    }
  }

  /** The slices along the first axis; views, whose gradients come together in one array. */
  public List<NDArray> unstack(NDManager scope, NDArray x) {
    return runAll(scope, "unstack", x);
  }

  /** x (N, in), weight (in, out), bias (out) -> (N, out). */
  public NDArray stacked(NDManager scope, NDArray x, NDArray weight, NDArray bias) {
    return run(scope, "stacked", x, weight, bias);
  }

  /** The entries of the last axis in turn: (..., 2 F) -> (..., F) twice; views. */
  public List<NDArray> alternating(NDManager scope, NDArray x) {
    return runAll(scope, "alternating", x);
  }

  private static Object all(List<NDArray> arrays) {
    return arrays.toArray(PtNDArray[]::new);
  }
}
