package dev.secateur.model;

import dev.secateur.model.Ops.Stacked;
import java.util.List;
import java.util.Map;

/** Checks of shapes that belong together; errors name the parameter, or the place in a pass. */
final class ShapeChecks {
  private ShapeChecks() {}

  static void require(boolean holds, String name, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("'" + name + "' " + problem);
    }
  }

  static void requireEqual(long found, long expected, String name) {
    require(found == expected, name, "has " + found + " channels but is given " + expected);
  }

  /** The first of two values of as many channels. */
  static List<Long> same(List<Long> a, List<Long> b, String after) {
    long left = a.stream().reduce(1L, Math::multiplyExact);
    long right = b.stream().reduce(1L, Math::multiplyExact);
    if (left != right) {
      throw new IllegalArgumentException(after + left + " channels meet " + right + " channels");
    }
    return a;
  }

  /** Experts' maps in one that are given this many channels. */
  static void stack(Stacked layer, Map<String, ParameterShape> shapes, long given, int expert) {
    List<Long> weight = shapes.get(layer.name()).shape();
    List<Long> bias = shapes.get(layer.biasName()).shape();
    require(expert < weight.get(0), layer.name(), "has no expert " + expert);
    requireEqual(weight.get(1), given, layer.name());
    requireEqual(bias.get(1), weight.get(2), layer.biasName());
    require(bias.get(0).equals(weight.get(0)), layer.biasName(), "has other experts");
  }

  /**
   * Queries, keys and values, each as (H, K).
   *
   * @param after where the pass is, with a space behind
   */
  static void heads(List<Long> q, List<Long> k, List<Long> v, String after) {
    boolean shared = k.get(0) == 0 ? q.get(0) == 0 : q.get(0) % k.get(0) == 0;
    if (!shared || !k.get(0).equals(v.get(0)) || !q.get(1).equals(k.get(1))) {
      throw new IllegalArgumentException(
          String.format(
              "%s%d query heads of %d channels don't go with %d key heads of %d and %d value heads",
              after, q.get(0), q.get(1), k.get(0), k.get(1), v.get(0)));
    }
  }
}
