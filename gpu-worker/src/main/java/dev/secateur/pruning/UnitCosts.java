package dev.secateur.pruning;

import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The savings of removing a unit. Within a strategy units share no parameters or products, so
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
    return of(base, structures, strategy, target, WrittenTypes.ASSUMED);
  }

  /**
   * @param structures of the decoder
   * @param target parameters, MACs or bytes
   * @param types that bytes are counted in
   */
  static UnitCosts of(
      Decoder base,
      List<CoupledStructure> structures,
      Strategy strategy,
      Target target,
      WrittenTypes types) {
    long whole = total(base, target, types);
    Map<String, Long> costs = new HashMap<>();
    Map<Object, Long> alike = new HashMap<>();
    Map<String, List<Long>> shapes = new HashMap<>();
    base.parameters().forEach(p -> shapes.put(p.name(), stored(p, target, types)));
    for (CoupledStructure structure : structures) {
      long cost =
          strategy == Strategy.IGNORE_DEPENDENCIES
              ? Masking.elementsPerUnit(base, structure)
              : alike.computeIfAbsent(
                  signature(base, structure, shapes),
                  s -> whole - total(without(base, structure), target, types));
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

  /** A shape, and where bytes count how wide its elements are. */
  private static List<Long> stored(ParameterShape parameter, Target target, WrittenTypes types) {
    List<Long> shape = new ArrayList<>(parameter.shape());
    if (target == Target.BYTES) {
      shape.add((long) types.of(parameter.name()).bytes());
    }
    return shape;
  }

  private static long total(Decoder decoder, Target target, WrittenTypes types) {
    return switch (target) {
      case MACS -> Costs.of(decoder, Costs.TOKENS).macs();
      case BYTES -> bytes(decoder, types);
      case GROUP_RATIO, PARAMETERS -> Costs.of(decoder, Costs.TOKENS).parameters();
      case LATENCY -> throw new IllegalArgumentException("time is measured, not counted");
    };
  }

  /** What all weights take in a file, its header aside. */
  static long bytes(Decoder decoder, WrittenTypes types) {
    return decoder.parameters().stream()
        .mapToLong(parameter -> parameter.elements() * types.of(parameter.name()).bytes())
        .sum();
  }

  long of(CoupledStructure structure) {
    return byStructure.get(structure.name());
  }
}
