package dev.secateur.model;

import static dev.secateur.model.ShapeChecks.require;
import static dev.secateur.model.ShapeChecks.requireEqual;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The forward pass on shapes: what one sequence costs, of any model, pruned or not, without its
 * weights. A value is the list of its feature widths: one for a row of channels, two (H, K) for
 * heads of channels.
 *
 * <p>Multiply-accumulates are counted as LLM-Pruner's Table 3 counts them (arXiv 2305.11627):
 * matrix products and the softmax of attention one for each, rotary positions two for each channel
 * of queries and keys, norms two for each channel, activations one for each; biases, sums and
 * products element by element none.
 */
public final class Costs implements Ops<List<Long>> {
  /** The length that LLM-Pruner counts with. */
  public static final int TOKENS = 64;

  private final Decoder decoder;
  private final int sequence;
  private long tokens;
  private final Map<String, ParameterShape> shapes;
  private final Map<String, Linear> linears = new LinkedHashMap<>();
  private final Map<String, Long> inputs = new LinkedHashMap<>();
  private final Set<String> tables = new LinkedHashSet<>();
  private final List<List<Long>> heads = new ArrayList<>();
  private final TreeSet<Long> rotated = new TreeSet<>();
  private final List<Set<String>> submodules = new ArrayList<>();
  private final List<PassSizes> passSizes = new ArrayList<>();
  private long macs;
  private long kept;
  private long results;
  private long saved;
  private long widest;
  private long output;
  private final Map<String, Stacked> stacks = new LinkedHashMap<>();
  private final Map<Integer, Mixture> mixtures = new LinkedHashMap<>();
  private final Set<String> routed = new LinkedHashSet<>();
  private boolean inExpert;
  private String last = "";
  private long expertElements;
  private long idle;

  /**
   * What a submodule computes of the sequence, in elements.
   *
   * @param results what its operations return, all of which a pass holds until the submodule is
   *     done
   * @param saved what they keep beside that for a backward pass
   * @param widest the largest of the results
   * @param output the last of them
   */
  public record PassSizes(long results, long saved, long widest, long output) {}

  private Costs(Decoder decoder, int tokens) {
    this.decoder = decoder;
    this.sequence = tokens;
    this.tokens = tokens;
    this.shapes =
        decoder.parameters().stream().collect(Collectors.toMap(ParameterShape::name, p -> p));
  }

  /** Runs the decoder's forward pass on a sequence of that many tokens. */
  public static Costs of(Decoder decoder, int tokens) {
    Costs costs = new Costs(decoder, tokens);
    costs.submodules.add(new LinkedHashSet<>());
    List<Long> residual = decoder.embed(costs, List.of());
    costs.endSubmodule();
    for (int layer = 0; layer < decoder.layers(); layer++) {
      costs.submodules.add(new LinkedHashSet<>());
      residual = decoder.block(costs, residual, layer);
      costs.endSubmodule();
    }
    costs.submodules.add(new LinkedHashSet<>());
    decoder.head(costs, residual);
    costs.endSubmodule();
    return costs;
  }

  private void endSubmodule() {
    passSizes.add(new PassSizes(results, saved, widest, output));
    results = 0;
    saved = 0;
    widest = 0;
  }

  /** Counts what an operation returns, of this many elements per token. */
  private List<Long> result(List<Long> x) {
    long elements = tokens * width(x);
    results += elements;
    widest = Math.max(widest, elements);
    output = elements;
    return x;
  }

  /** What the embedding, each block and the head compute, in order of execution. */
  public List<PassSizes> passSizes() {
    return List.copyOf(passSizes);
  }

  /** The parameters that the embedding, each block and the head use, in order of execution. */
  List<Set<String>> parametersBySubmodule() {
    return submodules;
  }

  /** The number of elements of all parameters. */
  public long parameters() {
    return decoder.parameters().stream().mapToLong(ParameterShape::elements).sum();
  }

  /**
   * The elements of the parameters that compute a token: of a mixture's experts, the mean of as
   * many as a token takes.
   */
  public long activeParameters() {
    return parameters() - idle;
  }

  /** Multiply-accumulates of the sequence; of a mixture's experts in the mean. */
  public long macs() {
    return macs;
  }

  /** Bytes that the model takes on a GPU in half precision, as the published figures have it. */
  public long memoryBytes() {
    return AllocatedBytes.of(decoder, rotated);
  }

  /** Bytes of float32 activations that a backward pass over the whole sequence needs, about. */
  public long activationBytes() {
    return 4 * kept;
  }

  /** Every affine map that the pass uses, by name, in order of execution. */
  public Map<String, Linear> linears() {
    return linears;
  }

  /** Every table whose rows are looked up by token or plain position, by name, in that order. */
  public Set<String> tables() {
    return tables;
  }

  /** The mixtures of experts, by block. */
  public Map<Integer, Mixture> mixtures() {
    return mixtures;
  }

  /** The affine maps that are experts', and those that give a mixture's logits. */
  public Set<String> routed() {
    return routed;
  }

  /** The parameters that hold maps of all of a block's experts, by name, in order of execution. */
  public Map<String, Stacked> stacks() {
    return stacks;
  }

  /** How many channels each affine map reads, by name, in order of execution. */
  public Map<String, Long> inputs() {
    return inputs;
  }

  /** The query and key/value heads of each attention, in order of execution. */
  public List<List<Long>> heads() {
    return heads;
  }

  private long size(String parameter, int dimension) {
    ParameterShape shape = shapes.get(parameter);
    if (shape == null) {
      throw new IllegalArgumentException("no parameter '" + parameter + "'");
    }
    submodules.get(submodules.size() - 1).add(parameter);
    return shape.shape().get(dimension);
  }

  private static long width(List<Long> x) {
    return x.stream().reduce(1L, Math::multiplyExact);
  }

  @Override
  public List<Long> embedding(List<Long> ids, String name) {
    tables.add(name);
    require(size(name + ".weight", 0) == decoder.vocabulary(), name, "has not all tokens' rows");
    return result(List.of(size(name + ".weight", 1)));
  }

  @Override
  public List<Long> positions(List<Long> ids, String name, int offset) {
    if (offset == 0) {
      tables.add(name);
    }
    return result(List.of(size(name + ".weight", 1)));
  }

  @Override
  public List<Long> linear(List<Long> x, Linear layer) {
    long in = size(layer.weight(), layer.in());
    long out = size(layer.weight(), layer.out());
    if (in != width(x)) {
      throw new IllegalArgumentException(
          "'" + layer.name() + "' reads " + in + " channels but is given " + width(x));
    }
    if (layer.bias()) {
      requireEqual(size(layer.biasName(), 0), out, layer.biasName());
    }
    if (inExpert) {
      routed.add(layer.name());
      expertElements += in * out + (layer.bias() ? out : 0);
    }
    linears.putIfAbsent(layer.name(), layer);
    last = layer.name();
    inputs.putIfAbsent(layer.name(), in);
    macs += tokens * in * out;
    kept += tokens * (in + out);
    return result(List.of(out));
  }

  @Override
  public List<Long> rmsNorm(List<Long> x, String name, double eps, double shift) {
    requireEqual(size(name + ".weight", 0), x.get(x.size() - 1), name + ".weight");
    macs += 2L * tokens * width(x);
    kept += 2L * tokens * width(x);
    saved += tokens * width(x);
    return result(x);
  }

  @Override
  public List<Long> layerNorm(List<Long> x, String name, double eps) {
    requireEqual(size(name + ".bias", 0), x.get(x.size() - 1), name + ".bias");
    return rmsNorm(x, name, eps, 0);
  }

  @Override
  public List<Long> heads(List<Long> x, int headWidth) {
    if (width(x) % headWidth != 0) {
      throw new IllegalArgumentException(
          after() + width(x) + " channels are no whole heads of " + headWidth);
    }
    return List.of(width(x) / headWidth, (long) headWidth);
  }

  @Override
  public List<Long> merge(List<Long> x) {
    return result(List.of(width(x)));
  }

  @Override
  public List<List<Long>> split(List<Long> x, int... proportions) {
    long total = java.util.Arrays.stream(proportions).sum();
    long last = x.get(x.size() - 1);
    if (last % total != 0) {
      throw new IllegalArgumentException(
          after() + last + " channels can't be cut into " + total + " equal parts");
    }
    return java.util.Arrays.stream(proportions)
        .mapToObj(proportion -> withLast(x, last / total * proportion))
        .toList();
  }

  @Override
  public List<Long> join(List<Long> a, List<Long> b) {
    return result(withLast(a, a.get(a.size() - 1) + b.get(b.size() - 1)));
  }

  private static List<Long> withLast(List<Long> x, long width) {
    return x.size() == 1 ? List.of(width) : List.of(x.get(0), width);
  }

  @Override
  public List<Long> rope(List<Long> x, Rope rope) {
    rotated.add((long) rope.width());
    macs += 2L * tokens * x.get(0) * rope.width();
    return result(x);
  }

  @Override
  public List<Long> attention(List<Long> q, List<Long> k, List<Long> v, Attention attention) {
    ShapeChecks.heads(q, k, v, after());
    if (!attention.sinks().isEmpty()) {
      requireEqual(size(attention.sinks(), 0), q.get(0), attention.sinks());
    }
    String slopes = attention.slopes();
    if (!slopes.isEmpty()) {
      int found = decoder.constants().get(slopes).length;
      require(found == q.get(0), slopes, "has " + found + " numbers for " + q.get(0) + " heads");
    }
    heads.add(List.of(q.get(0), k.get(0)));
    long pairs = (long) sequence * sequence;
    kept += q.get(0) * (pairs + 4L * tokens * q.get(1));
    macs += q.get(0) * (pairs * q.get(1) + pairs + pairs * v.get(1));
    saved += tokens * q.get(0) * (q.get(1) + v.get(1)); // keys and values, repeated for all heads
    if (attention.softcap() != 0 || !attention.sinks().isEmpty()) {
      saved += 5 * q.get(0) * pairs; // each step of the scores
    }
    return result(List.of(q.get(0), v.get(1)));
  }

  /** Where the pass is, for errors. */
  private String after() {
    return last.isEmpty() ? "" : "after '" + last + "' ";
  }

  @Override
  public List<Long> activation(List<Long> x, Activation activation) {
    macs += tokens * width(x);
    kept += tokens * width(x);
    return result(x);
  }

  @Override
  public List<Long> add(List<Long> a, List<Long> b) {
    return result(ShapeChecks.same(a, b, after()));
  }

  @Override
  public List<Long> mul(List<Long> a, List<Long> b) {
    kept += 2L * tokens * width(a);
    return result(ShapeChecks.same(a, b, after()));
  }

  @Override
  public List<Long> scale(List<Long> x, double factor) {
    return result(x);
  }

  @Override
  public List<Long> softcap(List<Long> x, double cap) {
    saved += 2L * tokens * width(x);
    return result(x);
  }

  @Override
  public List<Long> clamp(List<Long> x, double low, double high) {
    kept += tokens * width(x);
    return result(x);
  }

  @Override
  public List<List<Long>> alternating(List<Long> x) {
    return split(x, 1, 1);
  }

  /** Each expert as if it computed every slot of the tokens, and of all of that the mean. */
  @Override
  public List<Long> mixture(
      List<Long> x, List<Long> logits, Mixture mixture, Expert<List<Long>> expert) {
    int experts = Math.toIntExact(width(logits));
    if (experts < mixture.perToken()) {
      throw new IllegalArgumentException(
          after() + experts + " experts are fewer than the " + mixture.perToken() + " of a token");
    }
    mixtures.put(mixture.layer(), mixture);
    routed.add(mixture.router());
    tokens = (long) sequence * mixture.perToken();
    result(x); // a copy of the tokens for each slot
    long[] before = {macs, kept, results, saved};
    expertElements = 0;
    inExpert = true;
    for (int e = 0; e < experts; e++) {
      ShapeChecks.same(expert.of(e, x), x, after());
    }
    inExpert = false;
    macs = before[0] + (macs - before[0]) / experts;
    kept = before[1] + (kept - before[1]) / experts;
    results = before[2] + (results - before[2]) / experts;
    saved = before[3] + (saved - before[3]) / experts;
    results += 3 * tokens * width(x); // joined, in order, weighted
    idle += expertElements - expertElements * mixture.perToken() / experts;
    tokens = sequence;
    return result(x);
  }

  @Override
  public List<Long> stacked(List<Long> x, Stacked layer, int expert) {
    long out = size(layer.name(), 2);
    size(layer.biasName(), 0);
    ShapeChecks.stack(layer, shapes, width(x), expert);
    stacks.putIfAbsent(layer.name(), layer);
    inputs.putIfAbsent(layer.name(), width(x));
    routed.add(layer.name());
    expertElements += width(x) * out + out;
    macs += tokens * width(x) * out;
    kept += tokens * (width(x) + out);
    return result(List.of(out));
  }
}
