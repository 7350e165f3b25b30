package dev.secateur.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import dev.secateur.model.Rope;
import dev.secateur.model.TensorOps;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A text that grows token by token: keys and values of what was there before are kept, so that a
 * further token costs one token's computation. One row; used by one thread.
 */
final class CachedPass implements AutoCloseable {
  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final NDManager manager;
  private final List<NDArray> keys = new ArrayList<>();
  private final List<NDArray> values = new ArrayList<>();
  private long[] tokens = new long[0];

  CachedPass(Model model) {
    this.model = model;
    this.manager = model.weights().manager().newSubManager();
  }

  /** The text so far. */
  long[] tokens() {
    return tokens;
  }

  /** Appends tokens; the logits (V) of what follows the last of them. */
  float[] append(long... more) {
    int from = tokens.length;
    tokens = Arrays.copyOf(tokens, from + more.length);
    System.arraycopy(more, 0, tokens, from, more.length);
    try (NDManager scope = manager.newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray ids = HostArrays.of(scope, more, 1, more.length);
      CachedOps ops = new CachedOps(scope, from);
      NDArray residual = model.decoder().embed(ops, ids);
      for (int layer = 0; layer < model.decoder().layers(); layer++) {
        residual = model.decoder().block(ops, residual, layer);
      }
      NDArray last = kernels.lastToken(scope, residual); // (1, 1, D)
      return HostArrays.floats(kernels.float32(scope, model.decoder().head(ops, last)));
    }
  }

  /** The forward pass of the newest tokens, which see the kept keys and values of all. */
  private final class CachedOps extends TensorOps {
    private final int from;
    private int layer;

    private CachedOps(NDManager scope, int from) {
      super(scope, model, new long[][] {tokens});
      this.from = from;
    }

    @Override
    public NDArray positions(NDArray ids, String name, int offset) {
      NDArray all = super.positions(wholeRow(), name, offset); // (1, all, D)
      return kernels.slice(scope, all, 1, from, tokens.length - from);
    }

    private NDArray wholeRow() {
      return HostArrays.of(scope, tokens, 1, tokens.length);
    }

    @Override
    public NDArray rope(NDArray x, Rope rope) {
      NDArray[] table = tables.rope(rope, tokens.length);
      return kernels.rope(
          scope,
          x,
          kernels.slice(scope, table[0], 2, from, tokens.length - from),
          kernels.slice(scope, table[1], 2, from, tokens.length - from));
    }

    @Override
    public NDArray attention(NDArray q, NDArray k, NDArray v, Attention attention) {
      NDArray allKeys = kept(keys, k);
      NDArray allValues = kept(values, v);
      layer++;
      NDArray mask =
          kernels.slice(scope, mask(attention, tokens.length), 2, from, tokens.length - from);
      return attention.softcap() == 0
          ? kernels.attention(scope, q, allKeys, allValues, attention.scale(), mask)
          : kernels.attention(
              scope, q, allKeys, allValues, attention.scale(), mask, attention.softcap());
    }

    private NDArray kept(List<NDArray> kept, NDArray more) {
      NDArray all = layer < kept.size() ? kernels.append(scope, kept.get(layer), more) : more;
      all.attach(manager);
      if (layer < kept.size()) {
        kept.set(layer, all).close();
      } else {
        kept.add(all);
      }
      return all;
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
