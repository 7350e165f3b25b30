package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Kernels;
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
  protected final NDManager scope;
  private final Model model;
  private final Function<String, NDArray> parameters;
  private final Layout layout;
  protected final PositionTables tables;
  private final Map<Mask, NDArray> masks = new HashMap<>();

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
            && attention.prefixEnd() < 0;
    if (plain) {
      return kernels.attention(scope, q, k, v, attention.scale());
    }
    NDArray mask =
        masks.computeIfAbsent(new Mask(attention, tokens), key -> mask(attention, (int) tokens));
    return attention.softcap() == 0
        ? kernels.attention(scope, q, k, v, attention.scale(), mask)
        : kernels.attention(scope, q, k, v, attention.scale(), mask, attention.softcap());
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
}
