package dev.secateur.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Decoder;
import dev.secateur.model.Layout;
import dev.secateur.model.Model;
import dev.secateur.model.PositionTables;
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
 * further token costs one token's computation, but for the one with which all positions become
 * others ({@link Decoder#sameUpTo}). One row; used by one thread.
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
    int before = tokens.length;
    tokens = Arrays.copyOf(tokens, before + more.length);
    System.arraycopy(more, 0, tokens, before, more.length);
    int sameUpTo = model.decoder().sameUpTo();
    if (before > 0 && before <= sameUpTo && tokens.length > sameUpTo) {
      forget();
      return computed(0, tokens);
    }
    return computed(before, more);
  }

  private void forget() {
    keys.forEach(NDArray::close);
    values.forEach(NDArray::close);
    keys.clear();
    values.clear();
  }

  /** The logits after the newest tokens, the first of which stands at {@code from}. */
  private float[] computed(int from, long... more) {
    Layout layout = Layout.of(new long[][] {tokens});
    try (NDManager pass = manager.newSubManager();
        GradMode mode = GradMode.off()) {
      PositionTables tables = new PositionTables(pass, layout);
      NDArray ids = HostArrays.of(pass, more, 1, more.length);
      Decoder decoder = model.decoder();
      NDArray residual = decoder.embed(new CachedOps(pass, layout, tables, from, -1), ids);
      for (int layer = 0; layer < decoder.layers(); layer++) {
        try (NDManager scope = pass.newSubManager()) {
          CachedOps ops = new CachedOps(scope, layout, tables, from, layer);
          NDArray next = decoder.block(ops, residual, layer);
          next.attach(pass);
          residual.close();
          residual = next;
        }
      }
      NDArray last = kernels.lastToken(pass, residual); // (1, 1, D)
      CachedOps ops = new CachedOps(pass, layout, tables, from, decoder.layers());
      return HostArrays.floats(kernels.float32(pass, decoder.head(ops, last)));
    }
  }

  /** A submodule's pass of the newest tokens, which see the kept keys and values of all. */
  private final class CachedOps extends TensorOps {
    private final int from;
    private final int layer;

    private CachedOps(NDManager scope, Layout layout, PositionTables tables, int from, int layer) {
      super(scope, model, model.weights()::get, layout, tables);
      this.from = from;
      this.layer = layer;
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
      NDArray mask =
          kernels.slice(scope, mask(attention, tokens.length), 2, from, tokens.length - from);
      return attended(q, allKeys, allValues, attention, mask);
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
