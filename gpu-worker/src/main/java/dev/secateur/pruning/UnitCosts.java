package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What removing a unit saves. Within a strategy units do not share parameters or products, so that
 * savings add up.
 *
 * @param byStructure what one unit of each structure saves
 * @param whole what the whole model has
 */
record UnitCosts(Map<String, Long> byStructure, long whole) {

  /** For a selection that counts units only. */
  static UnitCosts none() {
    return new UnitCosts(Map.of(), 0);
  }

  /**
   * @param structures of the decoder
   */
  static UnitCosts of(
      Decoder base, List<CoupledStructure> structures, Strategy strategy, Target target) {
    long whole = total(base, target);
    Map<String, Long> costs = new HashMap<>();
    Map<Object, Long> alike = new HashMap<>();
    Map<String, List<Long>> shapes = new HashMap<>();
    base.parameters().forEach(p -> shapes.put(p.name(), p.shape()));
    for (CoupledStructure structure : structures) {
      long cost =
          strategy == Strategy.IGNORE_DEPENDENCIES
              ? Masking.elementsPerUnit(base, structure)
              : alike.computeIfAbsent(
                  signature(base, structure, shapes),
                  s -> whole - total(without(base, structure), target));
      costs.put(structure.name(), cost);
    }
    return new UnitCosts(costs, whole);
  }

  /** What structures of blocks that look alike have in common. */
  private static Object signature(
      Decoder base, CoupledStructure structure, Map<String, List<Long>> shapes) {
    String block = structure.layer() < 0 ? "" : base.blockName(structure.layer());
    return structure.members().stream()
        .map(
            member ->
                List.of(
                    member
                        .parameter()
                        .replace(block, "")
                        .replaceAll("experts\\.\\d+\\.", "experts."),
                    member.dimension(),
                    member.units(),
                    member.runs(),
                    structure.parameters(base, member).stream().map(shapes::get).toList()))
        .toList();
  }

  private static Decoder without(Decoder base, CoupledStructure structure) {
    return structure.units() <= structure.least()
        ? base
        : Pruning.prune(
            base, List.of(new Recipe.Group(structure.name(), structure.units(), List.of(0))));
  }

  private static long total(Decoder decoder, Target target) {
    Costs costs = Costs.of(decoder, Costs.TOKENS);
    return target == Target.MACS ? costs.macs() : costs.parameters();
  }

  long of(CoupledStructure structure) {
    return byStructure.get(structure.name());
  }
}
