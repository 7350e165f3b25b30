package dev.secateur.discovery;

import dev.secateur.discovery.Factors.Role;
import dev.secateur.model.Ops;
import dev.secateur.model.ParameterShape;
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

  AxisOps(Factors factors, List<ParameterShape> shapes) {
    this.factors = factors;
    this.shapes = shapes.stream().collect(Collectors.toMap(ParameterShape::name, s -> s));
  }

  /** The axes of each parameter, one to a dimension, in order of first use. */
  Map<String, List<List<Integer>>> parameters() {
    return parameters;
  }

  private List<List<Integer>> parameter(String name) {
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
  public List<List<Integer>> linear(List<List<Integer>> x, Linear layer) {
    List<List<Integer>> weight = parameter(layer.weight());
    factors.unite(channels(x), weight.get(1));
    if (layer.bias()) {
      factors.unite(weight.get(0), parameter(layer.biasName()).get(0));
    }
    return List.of(weight.get(0));
  }

  @Override
  public List<List<Integer>> rmsNorm(List<List<Integer>> x, String name, double eps) {
    factors.unite(channels(x), parameter(name + ".weight").get(0));
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
  public List<List<Integer>> rope(List<List<Integer>> x, Rope rope) {
    factors.mark(x.get(1), Role.FIXED);
    return x;
  }

  @Override
  public List<List<Integer>> attention(
      List<List<Integer>> q, List<List<Integer>> k, List<List<Integer>> v, double scale) {
    int queriesPerKey = factors.size(q.get(0)) / factors.size(k.get(0));
    List<List<Integer>> queries = factors.cut(q.get(0), queriesPerKey);
    factors.unite(k.get(0), v.get(0));
    factors.unite(queries.get(0), k.get(0));
    factors.unite(q.get(1), k.get(1));
    factors.mark(k.get(0), Role.HEADS);
    factors.mark(queries.get(1), Role.FIXED);
    factors.mark(k.get(1), Role.FIXED);
    factors.mark(v.get(1), Role.FIXED);
    return List.of(q.get(0), v.get(1));
  }

  @Override
  public List<List<Integer>> silu(List<List<Integer>> x) {
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

  private static List<Integer> channels(List<List<Integer>> x) {
    if (x.size() != 1) {
      throw new IllegalArgumentException("heads must be merged before this operation");
    }
    return x.get(0);
  }
}
