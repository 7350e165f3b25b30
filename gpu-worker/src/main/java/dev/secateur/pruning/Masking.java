package dev.secateur.pruning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Decoder;
import dev.secateur.model.DerivedParameters;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.ParameterSource;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.StorageKernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sets removed entries to zero instead of cutting them out, for the control of the paper that
 * ignores dependencies (arXiv 2305.11627, Table 6): matrices that lose different rows no longer fit
 * when they are narrowed.
 */
final class Masking {
  private Masking() {}

  /** The model with the groups' entries zero. */
  static Model mask(Model base, List<Recipe.Group> groups) {
    Map<String, CoupledStructure> apart = apart(base.decoder());
    Map<String, List<Recipe.Group>> byParameter = new HashMap<>();
    for (Recipe.Group group : groups) {
      byParameter
          .computeIfAbsent(member(apart, group).parameter(), p -> new ArrayList<>())
          .add(group);
    }
    ParameterSource source = base.weights().source();
    Map<String, List<Long>> shapes = source.shapes();
    Map<String, String> origins = new HashMap<>();
    shapes.keySet().forEach(name -> origins.put(name, name));
    return base.derived(
        base.decoder(),
        new DerivedParameters(
            source,
            shapes,
            origins,
            (name, before, scope) ->
                masked(before, apart, byParameter.getOrDefault(name, List.of()), scope),
            () -> {}));
  }

  private static NDArray masked(
      NDArray array,
      Map<String, CoupledStructure> apart,
      List<Recipe.Group> groups,
      NDManager scope) {
    if (groups.isEmpty()) {
      return array;
    }
    NDArray copy = StorageKernels.get().duplicate(scope, array);
    groups.forEach(group -> zero(copy, member(apart, group), group.removed()));
    return copy;
  }

  /** Sets a unit's entries of a member to zero, in place. */
  static void zero(NDArray array, Member member, List<Integer> units) {
    long[] entries =
        units.stream()
            .flatMap(unit -> member.entries(unit).stream())
            .mapToLong(Integer::longValue)
            .toArray();
    if (entries.length > 0) {
      Kernels.get().zeroSlices(array, member.dimension(), entries);
    }
  }

  private static Map<String, CoupledStructure> apart(Decoder decoder) {
    Map<String, CoupledStructure> apart = new HashMap<>();
    for (CoupledStructure structure : Discovery.of(decoder)) {
      if (structure.layer() >= 0) {
        Eligible.apart(structure).forEach(one -> apart.put(one.name(), one));
      }
    }
    return apart;
  }

  private static Member member(Map<String, CoupledStructure> apart, Recipe.Group group) {
    CoupledStructure structure = apart.get(group.name());
    if (structure == null || structure.units() != group.units()) {
      throw new InputException("the recipe's group '" + group.name() + "' does not fit the model");
    }
    return structure.members().get(0);
  }

  /** The elements that a unit of a structure of one member holds. */
  static long elementsPerUnit(Decoder decoder, CoupledStructure structure) {
    Member member = structure.members().get(0);
    ParameterShape shape =
        decoder.parameters().stream()
            .filter(p -> p.name().equals(member.parameter()))
            .findFirst()
            .orElseThrow();
    return shape.elements() / shape.shape().get(member.dimension()) * member.entries(0).size();
  }

  /** The elements that the groups mask; a parameter is masked along one dimension only. */
  static long elements(Decoder decoder, List<Recipe.Group> groups) {
    Map<String, CoupledStructure> apart = apart(decoder);
    return groups.stream()
        .mapToLong(g -> elementsPerUnit(decoder, apart.get(g.name())) * g.removed().size())
        .sum();
  }
}
