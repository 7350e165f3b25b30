package dev.secateur.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which parameters each section of a pass uses: 0 is the embedding, 1 to L are the blocks, L + 1 is
 * the head. A tied embedding belongs to two sections.
 */
public final class SectionParameters {
  private final List<Set<String>> sections;
  private final Map<String, List<Integer>> byName = new HashMap<>();

  private SectionParameters(List<Set<String>> sections) {
    this.sections = sections;
    for (int section = 0; section < sections.size(); section++) {
      for (String name : sections.get(section)) {
        byName.computeIfAbsent(name, n -> new ArrayList<>()).add(section);
      }
    }
  }

  /** Of a decoder's own parameters. */
  public static SectionParameters of(Decoder decoder) {
    return of(decoder, decoder.parameters().stream().map(ParameterShape::name).toList());
  }

  /**
   * Of a decoder's parameters and others beside them, such as biases that an adapter brought, each
   * of which belongs to the block that its name begins with, else to the head.
   */
  static SectionParameters of(Decoder decoder, Collection<String> names) {
    List<Set<String>> sections = new ArrayList<>(Costs.of(decoder, 1).parametersBySection());
    for (String name : names) {
      if (sections.stream().noneMatch(section -> section.contains(name))) {
        sections.get(section(decoder, name)).add(name);
      }
    }
    return new SectionParameters(sections);
  }

  private static int section(Decoder decoder, String name) {
    for (int layer = 0; layer < decoder.layers(); layer++) {
      if (name.startsWith(decoder.blockName(layer))) {
        return layer + 1;
      }
    }
    return decoder.layers() + 1;
  }

  /** The section's parameters in order of use; none where there is no such section. */
  public Set<String> of(int section) {
    return section < 0 || section >= sections.size() ? Set.of() : sections.get(section);
  }

  /** The sections that use a parameter, ascending. */
  public List<Integer> using(String name) {
    return byName.getOrDefault(name, List.of());
  }

  /** Of the sections that use a parameter the one nearest to another, the lower of two. */
  int nearest(String name, int section) {
    int nearest = -1;
    for (int candidate : using(name)) {
      if (nearest < 0 || Math.abs(candidate - section) < Math.abs(nearest - section)) {
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** The section of a parameter that only one uses, else the lowest of them. */
  public int lowest(String name) {
    return using(name).get(0);
  }

  /** How many sections there are. */
  public int count() {
    return sections.size();
  }

  /** The names of a set, section by section. */
  public List<String> ordered(Collection<String> names) {
    Set<String> ordered = new LinkedHashSet<>();
    for (Set<String> section : sections) {
      section.stream().filter(names::contains).forEach(ordered::add);
    }
    return List.copyOf(ordered);
  }
}
