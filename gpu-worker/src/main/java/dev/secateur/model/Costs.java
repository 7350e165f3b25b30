package dev.secateur.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  private static final long MIB = 1L << 20;
  private static final long CACHED_POSITIONS = 2048;

  private final Decoder decoder;
  private final int tokens;
  private final Map<String, ParameterShape> shapes;
  private final Map<String, Linear> linears = new LinkedHashMap<>();
  private final Map<String, Long> inputs = new LinkedHashMap<>();
  private final List<List<Long>> heads = new ArrayList<>();
  private final TreeSet<Long> rotated = new TreeSet<>();
  private long macs;
  private long kept;
  private String last = "the embedding";

  private Costs(Decoder decoder, int tokens) {
    this.decoder = decoder;
    this.tokens = tokens;
    this.shapes =
        decoder.parameters().stream().collect(Collectors.toMap(ParameterShape::name, p -> p));
  }

  /**
   * Runs the decoder's forward pass on a sequence of that many tokens.
   *
   * @throws IllegalArgumentException naming a map or a norm whose shape does not fit what it is
   *     given, which a pruned model's stated shapes can lead to
   */
  public static Costs of(Decoder decoder, int tokens) {
    Costs costs = new Costs(decoder, tokens);
    decoder.logits(costs, List.of());
    return costs;
  }

  /** The number of elements of all parameters. */
  public long parameters() {
    return decoder.parameters().stream().mapToLong(ParameterShape::elements).sum();
  }

  /** Multiply-accumulates of the sequence. */
  public long macs() {
    return macs;
  }

  /**
   * Bytes that CUDA's caching allocator holds for the model in half precision: each parameter
   * rounded as the allocator does, and to each block the tables of rotary positions that the
   * published measurements had (2048 positions) with their frequencies.
   */
  public long memoryBytes() {
    long bytes =
        decoder.parameters().stream().mapToLong(parameter -> block(2 * parameter.elements())).sum();
    long tables =
        rotated.stream()
            .mapToLong(width -> 2 * block(CACHED_POSITIONS * width * 2) + block(width / 2 * 4))
            .sum();
    return bytes + decoder.layers() * tables;
  }

  /** What the allocator takes for a tensor: whole sectors, and of large ones whole segments. */
  private static long block(long bytes) {
    long sectors = roundUp(bytes, 512);
    long segment = roundUp(sectors, 2 * MIB);
    return sectors >= 10 * MIB && segment - sectors <= MIB ? segment : sectors;
  }

  private static long roundUp(long bytes, long unit) {
    return (bytes + unit - 1) / unit * unit;
  }

  /** Bytes of float32 activations that a backward pass over the whole sequence needs, about. */
  public long activationBytes() {
    return 4 * kept;
  }

  /** Every affine map that the pass uses, by name, in order of execution. */
  public Map<String, Linear> linears() {
    return linears;
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
    return shape.shape().get(dimension);
  }

  private static long width(List<Long> x) {
    return x.stream().reduce(1L, Math::multiplyExact);
  }

  @Override
  public List<Long> embedding(List<Long> ids, String name) {
    return List.of(size(name + ".weight", 1));
  }

  @Override
  public List<Long> positions(List<Long> ids, String name, int offset) {
    return List.of(size(name + ".weight", 1));
  }

  @Override
  public List<Long> linear(List<Long> x, Linear layer) {
    long in = size(layer.weight(), layer.in());
    long out = size(layer.weight(), layer.out());
    if (in != width(x)) {
      throw new IllegalArgumentException(
          "'" + layer.name() + "' reads " + in + " channels but is given " + width(x));
    }
    last = layer.name();
    if (layer.bias()) {
      checkWidth(layer.biasName(), out);
    }
    linears.putIfAbsent(layer.name(), layer);
    inputs.putIfAbsent(layer.name(), in);
    macs += tokens * in * out;
    kept += tokens * (in + out);
    return List.of(out);
  }

  /** A vector's length must be that of what it is added to or multiplied with. */
  private void checkWidth(String vector, long width) {
    if (size(vector, 0) != width) {
      throw new IllegalArgumentException(
          "'" + vector + "' has " + size(vector, 0) + " entries for " + width + " channels");
    }
  }

  private void check(boolean fits, String otherwise) {
    if (!fits) {
      throw new IllegalArgumentException("what '" + last + "' gives " + otherwise);
    }
  }

  @Override
  public List<Long> rmsNorm(List<Long> x, String name, double eps, double shift) {
    checkWidth(name + ".weight", x.get(x.size() - 1));
    macs += 2L * tokens * width(x);
    kept += 2L * tokens * width(x);
    return x;
  }

  @Override
  public List<Long> layerNorm(List<Long> x, String name, double eps) {
    checkWidth(name + ".bias", x.get(x.size() - 1));
    return rmsNorm(x, name, eps, 0);
  }

  @Override
  public List<Long> heads(List<Long> x, int headWidth) {
    check(
        width(x) % headWidth == 0 && width(x) > 0,
        "is " + width(x) + " channels, not whole heads of " + headWidth);
    return List.of(width(x) / headWidth, (long) headWidth);
  }

  @Override
  public List<Long> merge(List<Long> x) {
    return List.of(width(x));
  }

  @Override
  public List<List<Long>> split(List<Long> x, int... proportions) {
    long total = java.util.Arrays.stream(proportions).sum();
    check(
        x.get(x.size() - 1) % total == 0,
        "is " + x.get(x.size() - 1) + " channels, not " + total + " parts of the same size");
    return java.util.Arrays.stream(proportions)
        .mapToObj(proportion -> withLast(x, x.get(x.size() - 1) / total * proportion))
        .toList();
  }

  @Override
  public List<Long> join(List<Long> a, List<Long> b) {
    return withLast(a, a.get(a.size() - 1) + b.get(b.size() - 1));
  }

  private static List<Long> withLast(List<Long> x, long width) {
    return x.size() == 1 ? List.of(width) : List.of(x.get(0), width);
  }

  @Override
  public List<Long> rope(List<Long> x, Rope rope) {
    rotated.add((long) rope.width());
    macs += 2L * tokens * x.get(0) * rope.width();
    return x;
  }

  @Override
  public List<Long> attention(List<Long> q, List<Long> k, List<Long> v, Attention attention) {
    check(
        k.get(0).equals(v.get(0)) && q.get(0) % k.get(0) == 0,
        "is " + v.get(0) + " heads for " + q.get(0) + " of queries and " + k.get(0) + " of keys");
    if (!attention.slopes().isEmpty()) {
      int slopes = decoder.constants().get(attention.slopes()).length;
      check(slopes == q.get(0), "is " + q.get(0) + " heads for " + slopes + " slopes");
    }
    heads.add(List.of(q.get(0), k.get(0)));
    long pairs = (long) tokens * tokens;
    kept += q.get(0) * (pairs + 4L * tokens * q.get(1));
    macs += q.get(0) * (pairs * q.get(1) + pairs + pairs * v.get(1));
    return List.of(q.get(0), v.get(1));
  }

  @Override
  public List<Long> activation(List<Long> x, Activation activation) {
    macs += tokens * width(x);
    kept += tokens * width(x);
    return x;
  }

  @Override
  public List<Long> add(List<Long> a, List<Long> b) {
    checkSame(a, b);
    return a;
  }

  @Override
  public List<Long> mul(List<Long> a, List<Long> b) {
    checkSame(a, b);
    kept += 2L * tokens * width(a);
    return a;
  }

  private void checkSame(List<Long> a, List<Long> b) {
    check(width(a) == width(b), "is " + width(b) + " channels where " + width(a) + " are needed");
  }

  @Override
  public List<Long> scale(List<Long> x, double factor) {
    return x;
  }

  @Override
  public List<Long> softcap(List<Long> x, double cap) {
    return x;
  }
}
