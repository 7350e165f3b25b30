package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The channels of a block's experts as one structure: a channel of that number goes from all of
 * them, so that all keep the same.
 */
final class SharedChannels {
  private SharedChannels() {}

  /** The structures, and behind them those that experts' channels make together. */
  static List<CoupledStructure> with(List<CoupledStructure> structures) {
    List<CoupledStructure> all = new ArrayList<>(structures);
    all.addAll(joined(structures));
    return all;
  }

  /** The structures with those of single experts' channels joined. */
  static List<CoupledStructure> instead(List<CoupledStructure> structures) {
    List<CoupledStructure> all = new ArrayList<>(structures);
    all.removeIf(SharedChannels::isOfOne);
    all.addAll(joined(structures));
    return all;
  }

  private static boolean isOfOne(CoupledStructure structure) {
    return structure.kind() == Kind.MLP
        && structure.name().matches("layers\\.\\d+\\.experts\\.\\d+\\.mlp");
  }

  private static List<CoupledStructure> joined(List<CoupledStructure> structures) {
    Map<Integer, List<CoupledStructure>> byLayer = new LinkedHashMap<>();
    structures.stream()
        .filter(SharedChannels::isOfOne)
        .forEach(s -> byLayer.computeIfAbsent(s.layer(), layer -> new ArrayList<>()).add(s));
    List<CoupledStructure> joined = new ArrayList<>();
    byLayer.forEach(
        (layer, experts) -> {
          if (experts.stream().map(CoupledStructure::units).distinct().count() == 1) {
            joined.add(joined(layer, experts));
          }
        });
    return joined;
  }

  private static CoupledStructure joined(int layer, List<CoupledStructure> experts) {
    List<Member> members = experts.stream().flatMap(expert -> expert.members().stream()).toList();
    return new CoupledStructure(
        "layers." + layer + ".experts.mlp",
        Kind.MLP,
        layer,
        experts.get(0).units(),
        1,
        members,
        List.of());
  }
}
