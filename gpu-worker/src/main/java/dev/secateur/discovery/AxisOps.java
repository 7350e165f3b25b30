package dev.secateur.discovery;

import dev.secateur.discovery.Factors.Role;
import dev.secateur.model.Ops;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.Rope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The forward pass on symbolic axes. A value is the list of its feature axes (batch and time are
 * left out): one axis for a row of channels, two for heads of channels. Each axis is a list of
 * factors.
 */
final class AxisOps implements Ops<List<List<Integer>>> {
  private final Factors factors;
  private final Map<String, ParameterShape> shapes;
  private final Map<String, List<List<Integer>>> parameters = new LinkedHashMap<>();
  private final Map<String, List<List<Integer>>> constants = new LinkedHashMap<>();
  private final List<Experts> experts = new ArrayList<>();
  private Experts mixed;
  private int expert;
  private boolean singleHead;

  /**
   * A mixture of experts.
   *
   * @param axis of the router's logits
   * @param parameters by expert, those that it has for itself, in order of execution
   */
  record Experts(Mixture mixture, List<Integer> axis, List<List<String>> parameters) {}

  AxisOps(Factors factors, List<ParameterShape> shapes) {
    this.factors = factors;
    this.shapes = shapes.stream().collect(Collectors.toMap(ParameterShape::name, s -> s));
  }

  /** The axes of each parameter, one to a dimension, in order of first use. */
  Map<String, List<List<Integer>>> parameters() {
    return parameters;
  }

  /** Whether an attention since the last call had a single key/value head, which has no axis. */
  boolean takeSingleHead() {
    boolean seen = singleHead;
    singleHead = false;
    return seen;
  }

  /** The mixtures, in order of execution. */
  List<Experts> experts() {
    return experts;
  }

  /** The single axis of each constant that has one entry to a head. */
  Map<String, List<List<Integer>>> constants() {
    return constants;
  }

  private List<List<Integer>> parameter(String name) {
    if (mixed != null && !parameters.containsKey(name)) {
      mixed.parameters().get(expert).add(name);
    }
    return axes(name);
  }

  private List<List<Integer>> axes(String name) {
    return parameters.computeIfAbsent(
        name,
        n -> {
          List<List<Integer>> axes = new ArrayList<>();
          shapes
              .get(n)
              .shape()
              .forEach(size -> axes.add(List.of(factors.fresh(Math.toIntExact(size)))));
          return axes;
        });
  }

  @Override
  public List<List<Integer>> embedding(List<List<Integer>> ids, String name) {
    List<List<Integer>> table = parameter(name + ".weight");
    factors.mark(table.get(0), Role.FIXED);
    return List.of(table.get(1));
  }

  @Override
  public List<List<Integer>> positions(List<List<Integer>> ids, String name, int offset) {
    return embedding(ids, name);
  }

  @Override
  public List<List<Integer>> linear(List<List<Integer>> x, Linear layer) {
    List<List<Integer>> weight = parameter(layer.weight());
    factors.unite(channels(x), weight.get(layer.in()));
    if (layer.bias()) {
      factors.unite(weight.get(layer.out()), parameter(layer.biasName()).get(0));
    }
    return List.of(weight.get(layer.out()));
  }

  @Override
  public List<List<Integer>> rmsNorm(List<List<Integer>> x, String name, double eps, double shift) {
    factors.unite(last(x), parameter(name + ".weight").get(0));
    return x;
  }

  @Override
  public List<List<Integer>> layerNorm(List<List<Integer>> x, String name, double eps) {
    factors.unite(last(x), parameter(name + ".weight").get(0));
    factors.unite(last(x), parameter(name + ".bias").get(0));
    return x;
  }

  @Override
  public List<List<Integer>> heads(List<List<Integer>> x, int headWidth) {
    return factors.cut(channels(x), headWidth);
  }

  @Override
  public List<List<Integer>> merge(List<List<Integer>> x) {
    List<Integer> merged = new ArrayList<>(x.get(0));
    merged.addAll(x.get(1));
    return List.of(merged);
  }

  @Override
  public List<List<List<Integer>>> split(List<List<Integer>> x, int... proportions) {
    return factors.split(last(x), proportions).stream().map(part -> withLast(x, part)).toList();
  }

  @Override
  public List<List<Integer>> join(List<List<Integer>> a, List<List<Integer>> b) {
    return withLast(a, factors.concatenate(List.of(last(a), last(b))));
  }

  @Override
  public List<List<Integer>> rope(List<List<Integer>> x, Rope rope) {
    factors.mark(x.get(1), Role.FIXED);
    return x;
  }

  @Override
  public List<List<Integer>> attention(
      List<List<Integer>> q, List<List<Integer>> k, List<List<Integer>> v, Attention attention) {
    singleHead |= factors.size(k.get(0)) == 1;
    int queriesPerKey = factors.size(q.get(0)) / factors.size(k.get(0));
    List<List<Integer>> queries = factors.cut(q.get(0), queriesPerKey);
    factors.unite(k.get(0), v.get(0));
    factors.unite(queries.get(0), k.get(0));
    factors.unite(q.get(1), k.get(1));
    factors.mark(k.get(0), Role.HEADS);
    factors.mark(queries.get(1), Role.FIXED);
    factors.mark(k.get(1), Role.FIXED);
    factors.mark(v.get(1), Role.FIXED);
    if (!attention.slopes().isEmpty()) {
      List<Integer> slopes = List.of(factors.fresh(factors.size(q.get(0))));
      factors.unite(slopes, q.get(0));
      constants.put(attention.slopes(), List.of(slopes));
    }
    if (!attention.sinks().isEmpty()) {
      factors.unite(parameter(attention.sinks()).get(0), q.get(0));
    }
    return List.of(q.get(0), v.get(1));
  }

  @Override
  public List<List<Integer>> activation(List<List<Integer>> x, Activation activation) {
    return x;
  }

  @Override
  public List<List<Integer>> add(List<List<Integer>> a, List<List<Integer>> b) {
    factors.unite(channels(a), channels(b));
    return a;
  }

  @Override
  public List<List<Integer>> mul(List<List<Integer>> a, List<List<Integer>> b) {
    factors.unite(channels(a), channels(b));
    return a;
  }

  @Override
  public List<List<Integer>> scale(List<List<Integer>> x, double factor) {
    return x;
  }

  @Override
  public List<List<Integer>> softcap(List<List<Integer>> x, double cap) {
    return x;
  }

  @Override
  public List<List<Integer>> clamp(List<List<Integer>> x, double low, double high) {
    return x;
  }

  @Override
  public List<List<List<Integer>>> alternating(List<List<Integer>> x) {
    List<List<Integer>> cut = factors.cut(last(x), 2);
    factors.mark(cut.get(1), Role.FIXED);
    return List.of(withLast(x, cut.get(0)), withLast(x, cut.get(0)));
  }

  @Override
  public List<List<Integer>> mixture(
      List<List<Integer>> x,
      List<List<Integer>> logits,
      Mixture mixture,
      Expert<List<List<Integer>>> each) {
    List<Integer> axis = channels(logits);
    factors.mark(axis, Role.EXPERTS);
    List<List<String>> own = new ArrayList<>();
    Experts all = new Experts(mixture, axis, own);
    List<List<Integer>> sum = x;
    for (int e = 0; e < factors.size(axis); e++) {
      own.add(new ArrayList<>());
      mixed = all;
      expert = e;
      List<List<Integer>> written = each.of(e, x);
      if (e == 0) {
        sum = written;
      } else {
        factors.unite(channels(written), channels(sum));
      }
    }
    mixed = null;
    experts.add(all);
    return sum;
  }

  @Override
  public List<List<Integer>> stacked(List<List<Integer>> x, Stacked layer, int expert) {
    List<List<Integer>> weight = axes(layer.name());
    List<List<Integer>> bias = axes(layer.biasName());
    factors.unite(weight.get(0), mixed.axis());
    factors.unite(bias.get(0), mixed.axis());
    factors.unite(channels(x), weight.get(1));
    factors.unite(weight.get(2), bias.get(1));
    return List.of(weight.get(2));
  }

  private static List<Integer> last(List<List<Integer>> x) {
    return x.get(x.size() - 1);
  }

  private static List<List<Integer>> withLast(List<List<Integer>> x, List<Integer> axis) {
    List<List<Integer>> changed = new ArrayList<>(x);
    changed.set(x.size() - 1, axis);
    return List.copyOf(changed);
  }

  private static List<Integer> channels(List<List<Integer>> x) {
    if (x.size() != 1) {
      throw new IllegalArgumentException("heads must be merged before this operation");
    }
    return x.get(0);
  }
}
