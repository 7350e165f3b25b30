package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Decoder;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.PrunedDecoder;
import dev.secateur.protocol.Strategy;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Chooses structures and units, and computes the shapes that are left. All of it is arithmetic; no
 * weight is touched.
 */
public final class Pruning {
  private Pruning() {}

  /**
   * The structures that a strategy may prune, blocks from {@code firstLayer} to before {@code
   * endLayer}.
   */
  public static List<CoupledStructure> eligible(
      List<CoupledStructure> structures, Strategy strategy, int firstLayer, int endLayer) {
    return structures.stream()
        .filter(
            structure ->
                switch (strategy) {
                  case CHANNEL -> structure.kind() == Kind.RESIDUAL;
                  case BLOCK ->
                      structure.kind() != Kind.RESIDUAL
                          && structure.layer() >= firstLayer
                          && structure.layer() < endLayer;
                })
        .toList();
  }

  /** Removes the lowest-scored units of each structure. */
  public static List<Recipe.Group> choose(
      List<CoupledStructure> eligible,
      BigDecimal ratio,
      Function<CoupledStructure, double[]> unitScores) {
    List<Recipe.Group> groups = new ArrayList<>();
    for (CoupledStructure structure : eligible) {
      int count = Ranking.unitsToRemove(structure, ratio);
      groups.add(
          new Recipe.Group(
              structure.name(),
              structure.units(),
              Ranking.lowest(unitScores.apply(structure), count)));
    }
    return groups;
  }

  /** The decoder with what the groups remove taken out of its parameters' shapes. */
  public static Decoder prune(Decoder base, List<Recipe.Group> groups) {
    Map<String, Map<Integer, Set<Integer>>> removed = removedEntries(base, groups);
    Map<String, ParameterShape> narrowed = new HashMap<>();
    for (ParameterShape parameter : base.parameters()) {
      Map<Integer, Set<Integer>> dimensions = removed.getOrDefault(parameter.name(), Map.of());
      List<Long> shape = new ArrayList<>(parameter.shape());
      dimensions.forEach(
          (dimension, gone) -> shape.set(dimension, shape.get(dimension) - gone.size()));
      narrowed.put(parameter.name(), new ParameterShape(parameter.name(), shape));
    }
    return PrunedDecoder.of(base, narrowed);
  }

  /** Which entries go, by parameter and dimension. */
  static Map<String, Map<Integer, Set<Integer>>> removedEntries(
      Decoder base, List<Recipe.Group> groups) {
    Map<String, CoupledStructure> structures = new HashMap<>();
    Discovery.of(base).forEach(structure -> structures.put(structure.name(), structure));
    Map<String, Map<Integer, Set<Integer>>> removed = new HashMap<>();
    for (Recipe.Group group : groups) {
      CoupledStructure structure = structures.get(group.name());
      if (structure == null || structure.units() != group.units()) {
        throw new dev.secateur.protocol.InputException(
            "the recipe's group '" + group.name() + "' does not fit the model");
      }
      Set<Integer> units = new TreeSet<>(group.removed());
      structure.members().forEach(member -> addEntries(member, units, removed));
    }
    return removed;
  }

  private static void addEntries(
      Member member, Set<Integer> units, Map<String, Map<Integer, Set<Integer>>> removed) {
    Set<Integer> entries =
        removed
            .computeIfAbsent(member.parameter(), p -> new TreeMap<>())
            .computeIfAbsent(member.dimension(), d -> new TreeSet<>());
    for (int index = 0; index < member.length(); index++) {
      if (units.contains(member.unitOf(index))) {
        entries.add(index);
      }
    }
  }

  /** The number of elements of all parameters. */
  public static long elements(Decoder decoder) {
    return decoder.parameters().stream().mapToLong(ParameterShape::elements).sum();
  }
}
