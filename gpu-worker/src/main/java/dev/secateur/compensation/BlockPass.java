package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Layout;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.MixtureKernels;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A block's forward pass up to one of its output matrices, which notes what the matrix reads,
 * writes and is added to. What matrices before it write can be given instead of computed.
 */
final class BlockPass extends TensorOps {
  private final Map<String, NDArray> given;
  private final String last;
  private final boolean toSum;
  private final Owner owner;
  private final Map<String, NDArray> read = new HashMap<>();
  private final Map<String, NDArray> written = new HashMap<>();
  private final Map<String, NDArray> beside = new HashMap<>();
  private final IdentityHashMap<NDArray, String> writers = new IdentityHashMap<>();
  private final List<String> outputs;
  private boolean alone;

  /** Ends a pass where all is seen that was asked for. */
  static final class Reached extends RuntimeException {
    private static final long serialVersionUID = 1;

    Reached() {
      super(null, null, false, false);
    }
  }

  /**
   * @param outputs the names of the block's output matrices, in order of execution
   * @param last the one that the pass ends with
   * @param toSum whether it ends only when what that one writes is added to the stream
   * @param owner of the last matrix; where it is an expert, no other expert is run
   * @param given what others write, by name
   */
  BlockPass(
      NDManager scope,
      Model model,
      Function<String, NDArray> parameters,
      long[] row,
      List<String> outputs,
      String last,
      boolean toSum,
      Owner owner,
      Map<String, NDArray> given) {
    super(scope, model, parameters, Layout.of(new long[][] {row}));
    this.outputs = outputs;
    this.last = last;
    this.toSum = toSum;
    this.owner = owner;
    this.given = given;
  }

  /** Runs the block as far as is asked for. */
  BlockPass run(Model model, int block, NDArray input) {
    try {
      model.decoder().block(this, input, block);
    } catch (Reached e) {
      return this;
    }
    throw new IllegalStateException("the block's pass does not come to '" + last + "'");
  }

  /** Whether the last matrix read any token, as an expert's may not. */
  boolean hasTokens() {
    return read.containsKey(last);
  }

  /** Whether a matrix was run. */
  boolean hasRun(String name) {
    return written.containsKey(name);
  }

  /** What the last matrix read: (1, T, k), or of an expert (N, k). */
  NDArray read() {
    return own(read.get(last));
  }

  /** What a matrix wrote, with its bias: (1, T, D), or of an expert (N, D). */
  NDArray written(String name) {
    return own(written.get(name));
  }

  /** A lone token of an expert is computed twice. */
  private NDArray own(NDArray x) {
    return alone && x.getShape().dimension() == 2 ? kernels.slice(scope, x, 0, 0, 1) : x;
  }

  /** Runs the expert that is asked for alone. */
  @Override
  public NDArray mixture(NDArray x, NDArray logits, Mixture mixture, Expert<NDArray> each) {
    if (!(owner instanceof Owner.Expert expert)) {
      return super.mixture(x, logits, mixture, each);
    }
    MixtureKernels.Routing routing =
        mixtures.route(scope, logits, mixture.perToken(), mixture.normalised());
    double[] counts = HostArrays.doubles(routing.counts());
    int number = expert.number();
    long count = (long) counts[number];
    if (count > 0) {
      long start = (long) Arrays.stream(counts, 0, number).sum();
      NDArray slots = mixtures.dispatch(scope, x, routing); // (N k, D)
      NDArray tokens = kernels.slice(scope, slots, 0, start, count);
      alone = count == 1;
      each.of(number, alone ? mixtures.twice(scope, tokens) : tokens); // up to the last matrix
    }
    throw new Reached();
  }

  /** What the last matrix' output is added to: (1, T, D). */
  NDArray beside() {
    return beside.get(last);
  }

  @Override
  public NDArray linear(NDArray x, Linear layer) {
    String name = layer.name();
    if (!outputs.contains(name)) {
      return super.linear(x, layer);
    }
    NDArray output = given.containsKey(name) ? given.get(name) : super.linear(x, layer);
    read.put(name, x);
    written.put(name, output);
    writers.put(output, name);
    if (name.equals(last) && !toSum) {
      throw new Reached();
    }
    return output;
  }

  @Override
  public NDArray scale(NDArray x, double factor) {
    return follow(x, super.scale(x, factor));
  }

  @Override
  public NDArray rmsNorm(NDArray x, String name, double eps, double shift) {
    return follow(x, super.rmsNorm(x, name, eps, shift));
  }

  @Override
  public NDArray layerNorm(NDArray x, String name, double eps) {
    return follow(x, super.layerNorm(x, name, eps));
  }

  private NDArray follow(NDArray from, NDArray to) {
    String writer = writers.get(from);
    if (writer != null) {
      writers.put(to, writer);
    }
    return to;
  }

  @Override
  public NDArray add(NDArray a, NDArray b) {
    note(a, b);
    note(b, a);
    return super.add(a, b);
  }

  private void note(NDArray output, NDArray other) {
    String name = writers.get(output);
    if (name != null) {
      beside.put(name, other);
      if (name.equals(last)) {
        throw new Reached();
      }
    }
  }
}
