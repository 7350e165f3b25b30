package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The effect of a recipe's groups on each parameter: removed entries, blocks and experts.
 *
 * @param entries by parameter or constant, and dimension
 * @param renamed by parameter of a single expert that stays, its name after others are removed
 * @param dropped the parameters of single experts that are removed
 * @param experts how many are left in a block that loses some, by block of the base
 * @param keptLayers the base's blocks that stay, ascending
 */
record Removal(
    Map<String, Map<Integer, Set<Integer>>> entries,
    Map<String, String> renamed,
    Set<String> dropped,
    Map<Integer, Integer> experts,
    List<Integer> keptLayers) {

  /**
   * @throws InputException when a group is not the model's
   */
  static Removal of(Decoder base, List<Recipe.Group> groups) {
    Map<String, CoupledStructure> structures = new HashMap<>();
    SharedChannels.with(Discovery.of(base)).forEach(s -> structures.put(s.name(), s));
    Map<String, String> renamed = new HashMap<>();
    Set<String> dropped = new HashSet<>();
    Map<Integer, Integer> experts = new HashMap<>();
    Map<String, Map<Integer, Set<Integer>>> entries = new HashMap<>();
    Set<Integer> layers = new TreeSet<>();
    for (Recipe.Group group : groups) {
      CoupledStructure structure = structures.get(group.name());
      check(group, structure);
      if (structure.kind() == Kind.LAYERS) {
        layers.addAll(group.removed());
      } else {
        if (structure.kind() == Kind.EXPERTS) {
          experts.put(structure.layer(), structure.units() - group.removed().size());
        }
        for (Member member : structure.members()) {
          if (member.dimension() == Member.WHOLE) {
            rename(structure.parameters(base, member), member, group.removed(), renamed, dropped);
          } else {
            add(member, group.removed(), entries);
          }
        }
        structure.constants().forEach(member -> add(member, group.removed(), entries));
      }
    }
    List<Integer> kept = new ArrayList<>();
    for (int layer = 0; layer < base.layers(); layer++) {
      if (!layers.contains(layer)) {
        kept.add(layer);
      }
    }
    return new Removal(entries, renamed, dropped, experts, List.copyOf(kept));
  }

  private static void check(Recipe.Group group, CoupledStructure structure) {
    String misfit = "the recipe's group '" + group.name() + "' does not fit the model: ";
    if (structure == null) {
      throw new InputException(misfit + "it has no such structure");
    } else if (structure.units() != group.units()) {
      throw new InputException(
          misfit + "of " + group.units() + " units, where the model has " + structure.units());
    } else if (group.removed().stream().anyMatch(unit -> unit < 0 || unit >= group.units())) {
      throw new InputException(misfit + "it removes units beyond " + (group.units() - 1));
    }
    if (structure.kind() == Kind.EXPERTS
        && group.units() - group.removed().size() < structure.least()) {
      throw new InputException(
          "the recipe's group '"
              + group.name()
              + "' would keep "
              + (group.units() - group.removed().size())
              + " experts, but a token needs "
              + structure.least());
    }
    if (group.removed().size() >= group.units()) {
      throw new InputException("the recipe's group '" + group.name() + "' would lose every unit");
    }
  }

  /** The names of the experts that stay, renumbered. */
  private static void rename(
      List<String> parameters,
      Member member,
      List<Integer> removed,
      Map<String, String> renamed,
      Set<String> dropped) {
    int next = 0;
    for (int unit = 0; unit < parameters.size(); unit++) {
      if (removed.contains(unit)) {
        dropped.add(parameters.get(unit));
      } else {
        renamed.put(
            parameters.get(unit), member.parameter().replace(Member.EACH, "." + next + "."));
        next++;
      }
    }
  }

  private static void add(
      Member member, List<Integer> units, Map<String, Map<Integer, Set<Integer>>> entries) {
    Set<Integer> gone =
        entries
            .computeIfAbsent(member.parameter(), p -> new TreeMap<>())
            .computeIfAbsent(member.dimension(), d -> new TreeSet<>());
    units.forEach(unit -> gone.addAll(member.entries(unit)));
  }

  /** Entries that go, by dimension. */
  Map<Integer, Set<Integer>> of(String parameter) {
    return entries.getOrDefault(parameter, Map.of());
  }

  /**
   * What a parameter or constant of the base is called in the pruned model; nothing where its block
   * or its expert goes.
   */
  Optional<String> renamed(String parameter, Decoder base) {
    if (dropped.contains(parameter)) {
      return Optional.empty();
    }
    String name = renamed.getOrDefault(parameter, parameter);
    for (int layer = 0; layer < base.layers(); layer++) {
      String block = base.blockName(layer);
      if (name.startsWith(block)) {
        int place = keptLayers.indexOf(layer);
        return place < 0
            ? Optional.empty()
            : Optional.of(base.blockName(place) + name.substring(block.length()));
      }
    }
    return Optional.of(name);
  }
}
