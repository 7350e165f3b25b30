package dev.secateur.discovery;

import dev.secateur.discovery.Factors.Cut;
import dev.secateur.discovery.Factors.Role;
import dev.secateur.model.Ops;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.Rope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The forward pass on symbolic axes. */
final class AxisOps implements Ops<SymbolicValue> {
  private final Factors factors;
  private final Map<String, ParameterShape> shapes;
  private final Map<String, SymbolicValue> parameters = new LinkedHashMap<>();
  private final Map<String, SymbolicValue> constants = new LinkedHashMap<>();
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
  record Experts(Mixture mixture, SymbolicAxis axis, List<List<String>> parameters) {}

  AxisOps(Factors factors, List<ParameterShape> shapes) {
    this.factors = factors;
    this.shapes = shapes.stream().collect(Collectors.toMap(ParameterShape::name, s -> s));
  }

  /** The axes of each parameter, one to a dimension, in order of first use. */
  Map<String, SymbolicValue> parameters() {
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
  Map<String, SymbolicValue> constants() {
    return constants;
  }

  private SymbolicValue parameter(String name) {
    if (mixed != null && !parameters.containsKey(name)) {
      mixed.parameters().get(expert).add(name);
    }
    return axes(name);
  }

  private SymbolicValue axes(String name) {
    return parameters.computeIfAbsent(
        name,
        n -> {
          List<SymbolicAxis> axes = new ArrayList<>();
          shapes.get(n).shape().forEach(size -> axes.add(factors.freshAxis(Math.toIntExact(size))));
          return new SymbolicValue(axes);
        });
  }

  @Override
  public SymbolicValue embedding(SymbolicValue ids, String name) {
    SymbolicValue table = parameter(name + ".weight");
    factors.mark(table.axis(0), Role.FIXED);
    return SymbolicValue.of(table.axis(1));
  }

  @Override
  public SymbolicValue positions(SymbolicValue ids, String name, int offset) {
    return embedding(ids, name);
  }

  @Override
  public SymbolicValue linear(SymbolicValue x, Linear layer) {
    SymbolicValue weight = parameter(layer.weight());
    factors.unite(x.channels(), weight.axis(layer.in()));
    if (layer.bias()) {
      factors.unite(weight.axis(layer.out()), parameter(layer.biasName()).axis(0));
    }
    return SymbolicValue.of(weight.axis(layer.out()));
  }

  @Override
  public SymbolicValue rmsNorm(SymbolicValue x, String name, double eps, double shift) {
    factors.unite(x.last(), parameter(name + ".weight").axis(0));
    return x;
  }

  @Override
  public SymbolicValue layerNorm(SymbolicValue x, String name, double eps) {
    factors.unite(x.last(), parameter(name + ".weight").axis(0));
    factors.unite(x.last(), parameter(name + ".bias").axis(0));
    return x;
  }

  @Override
  public SymbolicValue heads(SymbolicValue x, int headWidth) {
    return factors.cut(x.channels(), headWidth).value();
  }

  @Override
  public SymbolicValue merge(SymbolicValue x) {
    return SymbolicValue.of(x.heads().times(x.width()));
  }

  @Override
  public List<SymbolicValue> split(SymbolicValue x, int... proportions) {
    return factors.split(x.last(), proportions).stream().map(x::withLast).toList();
  }

  @Override
  public SymbolicValue join(SymbolicValue a, SymbolicValue b) {
    return a.withLast(factors.concatenate(List.of(a.last(), b.last())));
  }

  @Override
  public SymbolicValue rope(SymbolicValue x, Rope rope) {
    factors.mark(x.width(), Role.FIXED);
    return x;
  }

  @Override
  public SymbolicValue attention(
      SymbolicValue q, SymbolicValue k, SymbolicValue v, Attention attention) {
    singleHead |= factors.size(k.heads()) == 1;
    int queriesPerKey = factors.size(q.heads()) / factors.size(k.heads());
    Cut queries = factors.cut(q.heads(), queriesPerKey);
    factors.unite(k.heads(), v.heads());
    factors.unite(queries.outer(), k.heads());
    factors.unite(q.width(), k.width());
    factors.mark(k.heads(), Role.HEADS);
    factors.mark(queries.inner(), Role.FIXED);
    factors.mark(k.width(), Role.FIXED);
    factors.mark(v.width(), Role.FIXED);
    if (!attention.slopes().isEmpty()) {
      SymbolicAxis slopes = factors.freshAxis(factors.size(q.heads()));
      factors.unite(slopes, q.heads());
      constants.put(attention.slopes(), SymbolicValue.of(slopes));
    }
    if (!attention.sinks().isEmpty()) {
      factors.unite(parameter(attention.sinks()).axis(0), q.heads());
    }
    return SymbolicValue.of(q.heads(), v.width());
  }

  @Override
  public SymbolicValue activation(SymbolicValue x, Activation activation) {
    return x;
  }

  @Override
  public SymbolicValue add(SymbolicValue a, SymbolicValue b) {
    factors.unite(a.channels(), b.channels());
    return a;
  }

  @Override
  public SymbolicValue mul(SymbolicValue a, SymbolicValue b) {
    factors.unite(a.channels(), b.channels());
    return a;
  }

  @Override
  public SymbolicValue scale(SymbolicValue x, double factor) {
    return x;
  }

  @Override
  public SymbolicValue softcap(SymbolicValue x, double cap) {
    return x;
  }

  @Override
  public SymbolicValue clamp(SymbolicValue x, double low, double high) {
    return x;
  }

  @Override
  public List<SymbolicValue> alternating(SymbolicValue x) {
    Cut cut = factors.cut(x.last(), 2);
    factors.mark(cut.inner(), Role.FIXED);
    return List.of(x.withLast(cut.outer()), x.withLast(cut.outer()));
  }

  @Override
  public SymbolicValue mixture(
      SymbolicValue x, SymbolicValue logits, Mixture mixture, Expert<SymbolicValue> each) {
    SymbolicAxis axis = logits.channels();
    factors.mark(axis, Role.EXPERTS);
    List<List<String>> own = new ArrayList<>();
    Experts all = new Experts(mixture, axis, own);
    SymbolicValue sum = x;
    for (int e = 0; e < factors.size(axis); e++) {
      own.add(new ArrayList<>());
      mixed = all;
      expert = e;
      SymbolicValue written = each.of(e, x);
      if (e == 0) {
        sum = written;
      } else {
        factors.unite(written.channels(), sum.channels());
      }
    }
    mixed = null;
    experts.add(all);
    return sum;
  }

  @Override
  public SymbolicValue stacked(SymbolicValue x, Stacked layer, int expert) {
    SymbolicValue weight = axes(layer.name());
    SymbolicValue bias = axes(layer.biasName());
    factors.unite(weight.axis(0), mixed.axis());
    factors.unite(bias.axis(0), mixed.axis());
    factors.unite(x.channels(), weight.axis(1));
    factors.unite(weight.axis(2), bias.axis(1));
    return SymbolicValue.of(weight.axis(2));
  }
}
