package dev.secateur.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.Arrays;
import java.util.List;

/**
 * The differentiable operations that Secateur computes with, as methods of one TorchScript module
 * (kernels.py beside this class). Every result belongs to the scope given in the call, never to its
 * operands' manager.
 *
 * <p>Scalars travel as TorchScript numbers: DJL's overloads that take a {@link Number} wrap memory
 * that Java frees while autograd still needs it, and are banned from this project by test.
 *
 * <p>Errors of libtorch become {@link KernelException}s that name the operation and its shapes.
 *
 * <p>Letters: B batch, T tokens, D residual width, H query heads, G key/value heads, K head width,
 * V vocabulary.
 */
public final class Kernels extends ScriptedKernels {
  private static final Kernels KERNELS = new Kernels();

  private Kernels() {}

  /** The kernels; the first that is run starts DJL's engine. */
  public static Kernels get() {
    return KERNELS;
  }

  /** x (..., in), weight (out, in) -> (..., out). */
  public NDArray linear(NDManager scope, NDArray x, NDArray weight) {
    return run(scope, "linear", x, weight);
  }

  /** x (..., in), weight (out, in), bias (out) -> (..., out). */
  public NDArray linear(NDManager scope, NDArray x, NDArray weight, NDArray bias) {
    return run(scope, "linear_bias", x, weight, bias);
  }

  /** ids (B, T), table (V, D) -> (B, T, D). */
  public NDArray embedding(NDManager scope, NDArray ids, NDArray table) {
    return run(scope, "embedding", ids, table);
  }

  /** x (..., in), weight (in, out), bias (out) -> (..., out). */
  public NDArray linearTransposed(NDManager scope, NDArray x, NDArray weight, NDArray bias) {
    return run(scope, "linear_transposed", x, weight, bias);
  }

  /**
   * Root mean square layer normalisation (arXiv 1910.07467) over the last axis, with the weight
   * plus {@code shift}.
   */
  public NDArray rmsNorm(NDManager scope, NDArray x, NDArray weight, double eps, double shift) {
    return run(scope, "rms_norm", x, weight, eps, shift);
  }

  /** Layer normalisation (arXiv 1607.06450) over the last axis. */
  public NDArray layerNorm(NDManager scope, NDArray x, NDArray weight, NDArray bias, double eps) {
    return run(scope, "layer_norm", x, weight, bias, eps);
  }

  /**
   * Rotary positions (arXiv 2104.09864), halves rotated: x (B, H, T, K), cos and sin (1 or B, 1, T,
   * W); channels from W on stay as they are.
   */
  public NDArray rope(NDManager scope, NDArray x, NDArray cos, NDArray sin) {
    return run(scope, "rope", x, cos, sin);
  }

  /** (B, T, H*K) -> (B, H, T, K). */
  public NDArray heads(NDManager scope, NDArray x, long width) {
    return run(scope, "heads", x, width);
  }

  /** (B, H, T, K) -> (B, T, H*K). */
  public NDArray merge(NDManager scope, NDArray x) {
    return run(scope, "merge", x);
  }

  /** The last axis cut into parts that stand to each other as the proportions; views. */
  public List<NDArray> split(NDManager scope, NDArray x, int... proportions) {
    long[] parts = Arrays.stream(proportions).asLongStream().toArray();
    return runAll(scope, "split", x, parts);
  }

  /** Two arrays joined along the last axis. */
  public NDArray join(NDManager scope, NDArray a, NDArray b) {
    return run(scope, "join", a, b);
  }

  /** Causal attention: q (B, H, T, K), k and v (B, G, T, K), H a multiple of G -> (B, H, T, K). */
  public NDArray attention(NDManager scope, NDArray q, NDArray k, NDArray v, double scale) {
    return run(scope, "attention", q, k, v, scale);
  }

  /** As above, with a mask (1 or B, 1 or H, T, T) added to the scores instead of the causal one. */
  public NDArray attention(
      NDManager scope, NDArray q, NDArray k, NDArray v, double scale, NDArray mask) {
    return run(scope, "attention_masked", q, k, v, scale, mask);
  }

  /** As above, with the scores bounded before the mask is added: cap * tanh(score / cap). */
  public NDArray attention(
      NDManager scope, NDArray q, NDArray k, NDArray v, double scale, NDArray mask, double cap) {
    return run(scope, "attention_capped", q, k, v, scale, mask, cap);
  }

  /** As above, with a sink of each head (H) in the softmax, which reads nothing. */
  public NDArray attention(
      NDManager scope, NDArray q, NDArray k, NDArray v, double scale, NDArray mask, NDArray sinks) {
    return run(scope, "attention_sinks", q, k, v, scale, mask, sinks);
  }

  /** Numbers of the same kind as those of another array; differentiable. */
  public NDArray as(NDManager scope, NDArray x, NDArray like) {
    return run(scope, "cast_like", x, like);
  }

  /** In float32: the same memory where it is already; differentiable. */
  public NDArray float32(NDManager scope, NDArray x) {
    return run(scope, "float32", x);
  }

  /** Linear biases (arXiv 2108.12409): slopes (H), distances (1 or B, 1, T, T) -> (., H, T, T). */
  public NDArray alibi(NDManager scope, NDArray slopes, NDArray distances) {
    return run(scope, "alibi", slopes, distances);
  }

  /**
   * The logarithms of probabilities, in float32: logits (..., V); of the flattened rows {@code
   * places} (N) the probability of {@code targets} (N) -> (N).
   */
  public NDArray logProbabilities(NDManager scope, NDArray logits, long[] places, long[] targets) {
    try (NDManager local = scope.newSubManager()) {
      return run(
          scope,
          "log_probabilities",
          logits,
          HostArrays.of(local, places),
          HostArrays.of(local, targets));
    }
  }

  /** a (n, m), b (m, k) -> (n, k). */
  public NDArray matMul(NDManager scope, NDArray a, NDArray b) {
    return run(scope, "mat_mul", a, b);
  }

  /** (n, m) -> (m, n), a view. */
  public NDArray transposed(NDManager scope, NDArray x) {
    return run(scope, "transposed", x);
  }

  public NDArray silu(NDManager scope, NDArray x) {
    return run(scope, "silu", x);
  }

  /**
   * @param tanh whether the error function is approximated by the hyperbolic tangent
   */
  public NDArray gelu(NDManager scope, NDArray x, boolean tanh) {
    return run(scope, tanh ? "gelu_tanh" : "gelu", x);
  }

  /** x * sigmoid(1.702 x). */
  public NDArray geluSigmoid(NDManager scope, NDArray x) {
    return run(scope, "gelu_sigmoid", x);
  }

  public NDArray relu(NDManager scope, NDArray x) {
    return run(scope, "relu", x);
  }

  /** cap * tanh(x / cap). */
  public NDArray softcap(NDManager scope, NDArray x, double cap) {
    return run(scope, "softcap", x, cap);
  }

  /** No less than {@code low} and no more than {@code high}. */
  public NDArray clamp(NDManager scope, NDArray x, double low, double high) {
    return run(scope, "clamp", x, low, high);
  }

  public NDArray add(NDManager scope, NDArray a, NDArray b) {
    return run(scope, "add", a, b);
  }

  public NDArray mul(NDManager scope, NDArray a, NDArray b) {
    return run(scope, "mul", a, b);
  }

  public NDArray scale(NDManager scope, NDArray x, double factor) {
    return run(scope, "scale", x, factor);
  }

  public NDArray abs(NDManager scope, NDArray x) {
    return run(scope, "abs", x);
  }

  /**
   * Sum of the cross entropies in float32, in nats; a target of -100 counts nothing. logits (...,
   * V), targets (...).
   */
  public NDArray crossEntropySum(NDManager scope, NDArray logits, NDArray targets) {
    return run(scope, "cross_entropy_sum", logits, targets);
  }

  /**
   * What dropout keeps of x, as booleans: a hash of seed and position, the same on every device and
   * thread. An element is kept where its 32 bits of the hash, as a fraction, reach the probability;
   * elements of the second half take the lower bits of those of the first.
   */
  public NDArray kept(NDManager scope, NDArray x, double probability, long seed) {
    long least = ((long) (probability * 0x1p32) + Integer.MIN_VALUE) << 32;
    return run(scope, "kept", x, least, seed);
  }

  /** x where {@code kept} holds, of the same shape, and zero elsewhere. */
  public NDArray keep(NDManager scope, NDArray x, NDArray kept) {
    return run(scope, "keep", x, kept);
  }

  /**
   * A layer's output with a low-rank path beside it, {@code straight + scale * x A^T B^T} (LoRA,
   * arXiv 2106.09685, equation 3): straight (..., out), x (..., in), a (rank, in), b (out, rank) ->
   * (..., out). The path is computed in the precision of a and b; where that is straight's too, the
   * result takes straight's place in memory.
   */
  public NDArray addLowRank(
      NDManager scope, NDArray straight, NDArray x, NDArray a, NDArray b, double scale) {
    return run(scope, "add_low_rank", straight, x, a, b, scale);
  }

  /**
   * The product of {@code seed} with the Jacobian of {@code output} to each of {@code inputs};
   * frees the graph.
   *
   * @return as many arrays as inputs; one of no elements where the output does not depend on the
   *     input
   */
  public List<NDArray> grad(NDManager scope, NDArray output, NDArray seed, List<NDArray> inputs) {
    PtNDArray[] leaves = inputs.toArray(PtNDArray[]::new);
    return runAll(scope, "grad", output, seed, leaves);
  }

  /** The same memory as a leaf of a new graph. */
  public NDArray leaf(NDManager scope, NDArray x) {
    return run(scope, "leaf", x);
  }

  /** The same memory, of no graph. */
  public NDArray detach(NDManager scope, NDArray x) {
    return run(scope, "detach", x);
  }

  /** A copy of the slices at {@code indices} along {@code dim}. */
  public NDArray select(NDManager scope, NDArray x, int dim, long[] indices) {
    try (NDManager local = scope.newSubManager()) {
      return run(scope, "select", x, (long) dim, HostArrays.of(local, indices));
    }
  }

  /** A view of {@code length} slices along {@code dim} from {@code start} on. */
  public NDArray slice(NDManager scope, NDArray x, int dim, long start, long length) {
    return run(scope, "slice_of", x, (long) dim, start, length);
  }

  /** The last token of x (B, T, D), as (B, 1, D). */
  public NDArray lastToken(NDManager scope, NDArray x) {
    return slice(scope, x, 1, x.getShape().get(1) - 1, 1);
  }

  /**
   * Keys or values of more tokens behind those of some: (B, G, T, K), (B, G, U, K) -> (B, G, T + U,
   * K).
   */
  public NDArray append(NDManager scope, NDArray some, NDArray more) {
    return run(scope, "append_tokens", some, more);
  }

  /** Float32 zeros on the scope's device. */
  public NDArray zeros(NDManager scope, long... shape) {
    return run(scope, "zeros", shape, Devices.name(scope.getDevice()));
  }

  /** Float32 ones on the scope's device. */
  public NDArray ones(NDManager scope, long... shape) {
    return run(scope, "ones", shape, Devices.name(scope.getDevice()));
  }

  /** Elements {@code start} to {@code start + length} of the flattened array, contiguous. */
  public NDArray flat(NDManager scope, NDArray x, long start, long length) {
    return run(scope, "flat", x, start, length);
  }

  /** Copies {@code values} over the flattened {@code target} from {@code start}, in place. */
  public void write(NDArray target, long start, NDArray values) {
    inPlace(target, "write", target, start, values);
  }

  /** target *= x, in place. */
  public void multiply(NDArray target, NDArray x) {
    inPlace(target, "multiply", target, x);
  }

  /** target = |target|, in place. */
  public void absolute(NDArray target) {
    inPlace(target, "absolute", target);
  }

  /** total += factor * x, in place. */
  public void accumulate(NDArray total, NDArray x, double factor) {
    inPlace(total, "accumulate", total, x, factor);
  }

  /** total += factor * x * x, in place. */
  public void accumulateSquare(NDArray total, NDArray x, double factor) {
    inPlace(total, "accumulate_square", total, x, factor);
  }

  /** Whether no element is infinite or not a number. */
  public boolean isFinite(NDArray x) {
    try (NDManager local = x.getManager().newSubManager()) {
      return HostArrays.integer(run(local, "is_finite", x)) == 1;
    }
  }

  /** The sum of squares, in float64. */
  public double squareNorm(NDArray x) {
    try (NDManager local = x.getManager().newSubManager()) {
      return HostArrays.doubles(run(local, "square_norm", x))[0];
    }
  }

  /** One step of AdamW (arXiv 1711.05101), in place on the parameter and its two moments. */
  public void adamw(
      NDArray parameter, NDArray gradient, NDArray mean, NDArray variance, AdamStep step) {
    inPlace(
        parameter,
        "adamw",
        parameter,
        gradient,
        mean,
        variance,
        step.rate(),
        step.beta1(),
        step.beta2(),
        step.eps(),
        step.decay(),
        step.correction1(),
        step.correction2(),
        step.clip());
  }

  /** Sums in float64 what belongs to each unit: (units). */
  public NDArray unitSums(NDManager scope, NDArray x, UnitRun run) {
    return unitSums(scope, "unit_sums", x, run);
  }

  /** The same with the sum of each entry kept apart: (units * outer * inner), unit by unit. */
  public NDArray unitChannelSums(NDManager scope, NDArray x, UnitRun run) {
    return unitSums(scope, "unit_channel_sums", x, run);
  }

  private NDArray unitSums(NDManager scope, String method, NDArray x, UnitRun run) {
    return run(
        scope, method, x, (long) run.dim(), run.offset(), run.outer(), run.units(), run.inner());
  }

  /** Sets slices along {@code dim} to zero, in place. */
  public void zeroSlices(NDArray target, int dim, long[] indices) {
    try (NDManager local = target.getManager().newSubManager()) {
      run(local, "zero_slices", target, (long) dim, HostArrays.of(local, indices));
    }
  }

  /** Of x (..., C) in float64 the sums of each channel and then of their squares: (2 C). */
  public NDArray channelMoments(NDManager scope, NDArray x) {
    return run(scope, "channel_moments", x);
  }

  /**
   * |w| or w * w, times a factor to each entry along {@code dim}; with factors (E, in) and dim 0,
   * to each entry along the first two dimensions.
   */
  public NDArray weighted(
      NDManager scope, NDArray weight, NDArray factors, int dim, boolean squared) {
    return run(scope, "weighted", weight, factors, (long) dim, squared);
  }

  /** The mean over all vectors on the last axis of the cosine between a's and b's. */
  public double meanCosine(NDManager scope, NDArray a, NDArray b) {
    try (NDManager local = scope.newSubManager()) {
      return HostArrays.doubles(run(local, "mean_cosine", a, b))[0];
    }
  }
}
