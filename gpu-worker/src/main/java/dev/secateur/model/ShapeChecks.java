package dev.secateur.model;

import java.util.List;

/** What holds of shapes that go together; complaints name the parameter, or where a pass is. */
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
