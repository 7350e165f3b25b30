package dev.secateur.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which parameters each submodule of a pass uses: 0 is the embedding, 1 to L are the blocks, L + 1
 * is the head. A tied embedding belongs to two submodules.
 */
public final class SubmoduleParameters {
  private final List<Set<String>> submodules;
  private final Map<String, List<Integer>> byName = new HashMap<>();

  private SubmoduleParameters(List<Set<String>> submodules) {
    this.submodules = submodules;
    for (int submodule = 0; submodule < submodules.size(); submodule++) {
      for (String name : submodules.get(submodule)) {
        byName.computeIfAbsent(name, n -> new ArrayList<>()).add(submodule);
      }
    }
  }

  /** Of a decoder's own parameters. */
  public static SubmoduleParameters of(Decoder decoder) {
    return of(decoder, decoder.parameters().stream().map(ParameterShape::name).toList());
  }

  /**
   * Of a decoder's parameters and others beside them, such as biases that an adapter brought, each
   * of which belongs to the block that its name begins with, else to the head.
   */
  static SubmoduleParameters of(Decoder decoder, Collection<String> names) {
    List<Set<String>> submodules = new ArrayList<>(Costs.of(decoder, 1).parametersBySubmodule());
    for (String name : names) {
      if (submodules.stream().noneMatch(submodule -> submodule.contains(name))) {
        submodules.get(submodule(decoder, name)).add(name);
      }
    }
    return new SubmoduleParameters(submodules);
  }

  private static int submodule(Decoder decoder, String name) {
    for (int layer = 0; layer < decoder.layers(); layer++) {
      if (name.startsWith(decoder.blockName(layer))) {
        return layer + 1;
      }
    }
    return decoder.layers() + 1;
  }

  /** The submodule's parameters in order of use; none where there is no such submodule. */
  public Set<String> of(int submodule) {
    return submodule < 0 || submodule >= submodules.size() ? Set.of() : submodules.get(submodule);
  }

  /** The submodules that use a parameter, ascending. */
  public List<Integer> using(String name) {
    return byName.getOrDefault(name, List.of());
  }

  /** Of the submodules that use a parameter the one nearest to another, the lower of two. */
  int nearest(String name, int submodule) {
    int nearest = -1;
    for (int candidate : using(name)) {
      if (nearest < 0 || Math.abs(candidate - submodule) < Math.abs(nearest - submodule)) {
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** The submodule of a parameter that only one uses, else the lowest of them. */
  public int lowest(String name) {
    return using(name).get(0);
  }

  /** How many submodules there are. */
  public int count() {
    return submodules.size();
  }

  /** The names of a set, submodule by submodule. */
  public List<String> ordered(Collection<String> names) {
    Set<String> ordered = new LinkedHashSet<>();
    for (Set<String> submodule : submodules) {
      submodule.stream().filter(names::contains).forEach(ordered::add);
    }
    return List.copyOf(ordered);
  }
}
