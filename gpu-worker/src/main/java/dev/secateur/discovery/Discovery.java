package dev.secateur.discovery;

import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.Factors.Role;
import dev.secateur.model.Decoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Finds a decoder's coupled structures by running its forward pass on symbolic axes. */
public final class Discovery {
  private final Decoder decoder;
  private final Factors factors = new Factors();
  private final AxisOps ops;
  private final Map<String, Integer> layerOf = new HashMap<>();

  private Discovery(Decoder decoder) {
    this.decoder = decoder;
    this.ops = new AxisOps(factors, decoder.parameters());
  }

  /**
   * Every coupled structure whose units can be removed, blocks in order, what spans blocks first.
   * No weight is read.
   *
   * @throws IllegalArgumentException when shapes in the forward pass contradict each other
   */
  public static List<CoupledStructure> of(Decoder decoder) {
    Discovery discovery = new Discovery(decoder);
    discovery.run();
    return discovery.structures();
  }

  private void run() {
    List<List<Integer>> residual = decoder.embed(ops, List.of());
    noteLayer(-1);
    for (int layer = 0; layer < decoder.layers(); layer++) {
      factors.mark(residual.get(0), Role.RESIDUAL);
      residual = decoder.block(ops, residual, layer);
      noteLayer(layer);
    }
    factors.mark(residual.get(0), Role.RESIDUAL);
    List<List<Integer>> logits = decoder.head(ops, residual);
    factors.mark(logits.get(0), Role.FIXED);
    noteLayer(-1);
  }

  private void noteLayer(int layer) {
    ops.parameters().keySet().forEach(name -> layerOf.putIfAbsent(name, layer));
  }

  private List<CoupledStructure> structures() {
    Map<Integer, List<Member>> members = new LinkedHashMap<>();
    ops.parameters()
        .forEach(
            (name, axes) -> {
              for (int dimension = 0; dimension < axes.size(); dimension++) {
                addMembers(name, dimension, factors.leaves(axes.get(dimension)), members);
              }
            });
    List<CoupledStructure> structures = new ArrayList<>();
    members.forEach(
        (factor, of) -> {
          if (factors.role(factor) != Role.FIXED) {
            structures.add(structure(factor, of));
          }
        });
    structures.sort(
        java.util.Comparator.comparingInt(CoupledStructure::layer)
            .thenComparing(CoupledStructure::kind));
    return List.copyOf(structures);
  }

  private void addMembers(
      String name, int dimension, List<Integer> leaves, Map<Integer, List<Member>> members) {
    int outer = 1;
    int inner = factors.size(leaves);
    for (int leaf : leaves) {
      int size = factors.size(leaf);
      inner /= size;
      members
          .computeIfAbsent(factors.find(leaf), f -> new ArrayList<>())
          .add(new Member(name, dimension, outer, size, inner));
      outer *= size;
    }
  }

  private CoupledStructure structure(int factor, List<Member> members) {
    Kind kind =
        switch (factors.role(factor)) {
          case RESIDUAL -> Kind.RESIDUAL;
          case HEADS -> Kind.ATTENTION;
          default -> Kind.MLP;
        };
    int layer = kind == Kind.RESIDUAL ? -1 : layerOf(members);
    String name =
        kind == Kind.RESIDUAL
            ? "residual"
            : "layers." + layer + "." + (kind == Kind.ATTENTION ? "attention" : "mlp");
    int channels = kind == Kind.ATTENTION ? decoder.headWidth() : 1;
    return new CoupledStructure(
        name, kind, layer, factors.size(factor), channels, List.copyOf(members));
  }

  private int layerOf(List<Member> members) {
    TreeSet<Integer> layers = new TreeSet<>();
    members.forEach(member -> layers.add(layerOf.get(member.parameter())));
    if (layers.size() != 1) {
      throw new IllegalArgumentException("a structure spans the layers " + layers + ": " + members);
    }
    return layers.first();
  }
}
