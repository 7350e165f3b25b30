package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Structures of which each loses the same number of units. */
record Lot(List<CoupledStructure> structures) {

  /** Each structure by itself. */
  static List<Lot> each(List<CoupledStructure> structures) {
    return structures.stream().map(structure -> new Lot(List.of(structure))).toList();
  }

  /**
   * All structures of a kind together; the channels of experts are of another kind than those of
   * plain MLPs.
   *
   * @throws InputException when structures of a kind have different numbers of units
   */
  static List<Lot> ofKinds(List<CoupledStructure> structures) {
    Map<String, List<CoupledStructure>> kinds = new LinkedHashMap<>();
    for (CoupledStructure structure : structures) {
      String kind = structure.kind() + (structure.name().contains(".experts.") ? " experts" : "");
      kinds.computeIfAbsent(kind, any -> new ArrayList<>()).add(structure);
    }
    return kinds.values().stream().map(Lot::alike).toList();
  }

  private static Lot alike(List<CoupledStructure> structures) {
    CoupledStructure first = structures.get(0);
    for (CoupledStructure structure : structures) {
      if (structure.units() != first.units()) {
        throw new InputException(
            ("uniform widths are not possible: the model's blocks already differ, '%s' has %d"
                    + " units and '%s' has %d; remove uniform")
                .formatted(first.name(), first.units(), structure.name(), structure.units()));
      }
    }
    return new Lot(structures);
  }

  /** Any of them. */
  CoupledStructure first() {
    return structures.get(0);
  }

  /** What one unit of each of them saves. */
  long cost(UnitCosts costs) {
    return structures.stream().mapToLong(costs::of).sum();
  }
}
