package dev.secateur.coordinator.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How large a configuration becomes when its substitutions are replaced: an upper bound, found
 * without replacing any. A reference to a key's own earlier value counts what stands above it.
 */
final class Expansion {
  private final List<Definition> definitions;
  private final Map<Integer, Size> known = new HashMap<>();
  private final Set<Integer> open = new HashSet<>();

  private record Size(long characters, long values) {
    Size plus(Size other) {
      return new Size(sum(characters, other.characters), sum(values, other.values));
    }

    private static long sum(long a, long b) {
      return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }
  }

  private Expansion(List<Definition> definitions) {
    this.definitions = definitions;
  }

  /** Notes where the whole becomes too large, or keys refer to each other in a circle. */
  static void check(List<Definition> definitions, Limits limits, Problems problems) {
    if (definitions.stream().allMatch(definition -> definition.substitutions().isEmpty())) {
      return;
    }
    Expansion expansion = new Expansion(definitions);
    Size all = new Size(0, 0);
    for (int i = 0; i < definitions.size(); i++) {
      all = all.plus(expansion.size(i, problems));
      if (all.characters > limits.bytes() || all.values > limits.values()) {
        problems.refuse(
            definitions.get(i).line(),
            "'"
                + definitions.get(i).key()
                + "': with its substitutions replaced the configuration has more than "
                + limits.values()
                + " values or "
                + limits.bytes()
                + " characters, the maximum");
      }
    }
  }

  private Size size(int index, Problems problems) {
    Size size = known.get(index);
    if (size == null) {
      Definition definition = definitions.get(index);
      if (!open.add(index)) {
        problems.refuse(
            definition.line(),
            "'"
                + definition.key()
                + "' refers to itself by way of other keys; write its value out");
      }
      size = new Size(definition.characters(), definition.values());
      for (List<String> target : definition.substitutions()) {
        int end = definition.concerns(target) ? index : definitions.size();
        for (int other = 0; other < end; other++) {
          if (definitions.get(other).concerns(target)) {
            size = size.plus(size(other, problems));
          }
        }
      }
      open.remove(index);
      known.put(index, size);
    }
    return size;
  }
}
