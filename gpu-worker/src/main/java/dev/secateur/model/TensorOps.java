package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.MixtureKernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The forward pass on arrays. All results belong to one scope, which its owner closes when the
 * pass, and the gradient that may follow it, are done.
 */
public class TensorOps implements Ops<NDArray> {
  protected final Kernels kernels = Kernels.get();
  protected final MixtureKernels mixtures = MixtureKernels.get();
  protected final NDManager scope;
  private final Model model;
  private final Function<String, NDArray> parameters;
  private final Layout layout;
  protected final PositionTables tables;
  private final Map<Mask, NDArray> masks = new HashMap<>();
  private final Map<String, List<NDArray>> unstacked = new HashMap<>();
  private boolean pair;

  private record Mask(Attention attention, long tokens) {}

  /**
   * @param scope owner of every result
   * @param model whose constants are used
   * @param parameters a parameter by its name; asked at each use, in order of execution
   * @param layout the tokens of the pass, and which of them see which
   */
  public TensorOps(
      NDManager scope, Model model, Function<String, NDArray> parameters, Layout layout) {
    this(scope, model, parameters, layout, new PositionTables(scope, layout));
  }

  /** A part of a pass, which shares the pass's tables. */
  protected TensorOps(
      NDManager scope,
      Model model,
      Function<String, NDArray> parameters,
      Layout layout,
      PositionTables tables) {
    this.scope = scope;
    this.model = model;
    this.parameters = parameters;
    this.layout = layout;
    this.tables = tables;
  }

  /** A pass over rows that are texts. */
  public TensorOps(
      NDManager scope, Model model, Function<String, NDArray> parameters, long[][] rows) {
    this(scope, model, parameters, Layout.of(rows));
  }

  /** The pass with the model's own weights. */
  public TensorOps(NDManager scope, Model model, long[][] rows) {
    this(scope, model, model.weights()::get, rows);
  }

  @Override
  public NDArray embedding(NDArray ids, String name) {
    return kernels.embedding(scope, ids, parameters.apply(name + ".weight"));
  }

  @Override
  public NDArray positions(NDArray ids, String name, int offset) {
    NDArray table = parameters.apply(name + ".weight");
    long tokens = ids.getShape().get(1);
    if (offset + layout.length() > table.getShape().get(0)) {
      throw new InputException(
          layout.length()
              + " tokens are more than the "
              + (table.getShape().get(0) - offset)
              + " positions that '"
              + name
              + "' has learned");
    }
    return kernels.embedding(scope, tables.positions(offset, (int) tokens), table);
  }

  @Override
  public NDArray linear(NDArray x, Linear layer) {
    NDArray weight = parameters.apply(layer.weight());
    if (layer.transposed()) {
      return kernels.linearTransposed(scope, x, weight, parameters.apply(layer.biasName()));
    }
    // An adapter may bring a bias to a layer that the family has none for.
    return layer.bias() || model.weights().has(layer.biasName())
        ? kernels.linear(scope, x, weight, parameters.apply(layer.biasName()))
        : kernels.linear(scope, x, weight);
  }

  @Override
  public NDArray rmsNorm(NDArray x, String name, double eps, double shift) {
    return kernels.rmsNorm(scope, x, parameters.apply(name + ".weight"), eps, shift);
  }

  @Override
  public NDArray layerNorm(NDArray x, String name, double eps) {
    return kernels.layerNorm(
        scope, x, parameters.apply(name + ".weight"), parameters.apply(name + ".bias"), eps);
  }

  @Override
  public NDArray heads(NDArray x, int headWidth) {
    return kernels.heads(scope, x, headWidth);
  }

  @Override
  public NDArray merge(NDArray x) {
    return kernels.merge(scope, x);
  }

  @Override
  public List<NDArray> split(NDArray x, int... proportions) {
    return kernels.split(scope, x, proportions);
  }

  @Override
  public NDArray join(NDArray a, NDArray b) {
    return kernels.join(scope, a, b);
  }

  @Override
  public NDArray rope(NDArray x, Rope rope) {
    NDArray[] table = tables.rope(rope, (int) x.getShape().get(2));
    return kernels.rope(scope, x, table[0], table[1]);
  }

  @Override
  public NDArray attention(NDArray q, NDArray k, NDArray v, Attention attention) {
    long tokens = q.getShape().get(2);
    boolean plain =
        layout.isPlain()
            && (attention.window() == 0 || attention.window() >= tokens)
            && attention.softcap() == 0
            && attention.slopes().isEmpty()
            && attention.sinks().isEmpty()
            && attention.prefixEnd() < 0;
    if (plain) {
      return kernels.attention(scope, q, k, v, attention.scale());
    }
    NDArray mask =
        masks.computeIfAbsent(new Mask(attention, tokens), key -> mask(attention, (int) tokens));
    return attended(q, k, v, attention, mask);
  }

  /** Attention whose mask (1 or B, 1 or H, T, U) is added to the scores. */
  protected final NDArray attended(
      NDArray q, NDArray k, NDArray v, Attention attention, NDArray mask) {
    double scale = attention.scale();
    if (!attention.sinks().isEmpty()) {
      return kernels.attention(
          scope, q, k, v, scale, mask, parameters.apply(attention.sinks())); // none has a cap too
    }
    return attention.softcap() == 0
        ? kernels.attention(scope, q, k, v, scale, mask)
        : kernels.attention(scope, q, k, v, scale, mask, attention.softcap());
  }

  /** What is added to the scores: (1 or B, 1 or H, T, T); minus infinity stays what it is. */
  protected NDArray mask(Attention attention, int tokens) {
    NDArray mask = tables.mask(attention, tokens);
    return attention.slopes().isEmpty()
        ? mask
        : kernels.add(
            scope,
            mask,
            kernels.alibi(
                scope, model.weights().get(attention.slopes()), tables.distances(tokens)));
  }

  @Override
  public NDArray activation(NDArray x, Activation activation) {
    return switch (activation) {
      case SILU -> kernels.silu(scope, x);
      case GELU -> kernels.gelu(scope, x, false);
      case GELU_TANH -> kernels.gelu(scope, x, true);
      case GELU_SIGMOID -> kernels.geluSigmoid(scope, x);
      case RELU -> kernels.relu(scope, x);
    };
  }

  @Override
  public NDArray add(NDArray a, NDArray b) {
    return kernels.add(scope, a, b);
  }

  @Override
  public NDArray mul(NDArray a, NDArray b) {
    return kernels.mul(scope, a, b);
  }

  @Override
  public NDArray scale(NDArray x, double factor) {
    return kernels.scale(scope, x, factor);
  }

  @Override
  public NDArray softcap(NDArray x, double cap) {
    return kernels.softcap(scope, x, cap);
  }

  @Override
  public NDArray clamp(NDArray x, double low, double high) {
    return kernels.clamp(scope, x, low, high);
  }

  @Override
  public List<NDArray> alternating(NDArray x) {
    return mixtures.alternating(scope, x);
  }

  @Override
  public NDArray mixture(NDArray x, NDArray logits, Mixture mixture, Expert<NDArray> expert) {
    MixtureKernels.Routing routing =
        mixtures.route(scope, logits, mixture.perToken(), mixture.normalised());
    NDArray slots = mixtures.dispatch(scope, x, routing); // (N k, D)
    double[] counts = HostArrays.doubles(routing.counts());
    List<NDArray> outputs = new ArrayList<>();
    long start = 0;
    for (int e = 0; e < counts.length; e++) {
      long count = (long) counts[e];
      if (count > 0 || runsIdleExperts()) {
        NDArray own = kernels.slice(scope, slots, 0, start, count);
        outputs.add(count == 1 ? paired(expert, e, own) : expert.of(e, own));
      }
      start += count;
    }
    unstacked.clear();
    routed(mixture, routing, counts, outputs);
    return mixtures.combine(scope, x, routing, outputs);
  }

  /**
   * A lone token's output, computed of two rows: how a product with a single row is rounded depends
   * on where the weight lies in memory (MKL).
   */
  private NDArray paired(Expert<NDArray> expert, int number, NDArray token) {
    pair = true;
    NDArray written = expert.of(number, mixtures.twice(scope, token));
    pair = false;
    return kernels.slice(scope, written, 0, 0, 1);
  }

  /** Whether what is computed is an expert's only token, twice. */
  protected final boolean isPair() {
    return pair;
  }

  /** Whether experts without a token are run, so that their parameters have gradients of zero. */
  protected boolean runsIdleExperts() {
    return GradMode.isRecording();
  }

  /**
   * Is told what a mixture computed.
   *
   * @param counts tokens of each expert
   * @param outputs of the experts that ran, in order
   */
  protected void routed(
      Mixture mixture, MixtureKernels.Routing routing, double[] counts, List<NDArray> outputs) {}

  @Override
  public NDArray stacked(NDArray x, Stacked layer, int expert) {
    return mixtures.stacked(
        scope, x, ofExpert(layer.name(), expert), ofExpert(layer.biasName(), expert));
  }

  /** An expert's slice of a parameter that holds all experts'. */
  private NDArray ofExpert(String name, int expert) {
    return unstacked
        .computeIfAbsent(name, n -> mixtures.unstack(scope, parameters.apply(n)))
        .get(expert);
  }
}
