package dev.secateur.discovery;

import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.discovery.CoupledStructure.Run;
import dev.secateur.discovery.Factors.Role;
import dev.secateur.model.Decoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds a decoder's coupled structures by running its forward pass on symbolic axes. */
public final class Discovery {
  private final Decoder decoder;
  private final Factors factors = new Factors();
  private final AxisOps ops;
  private final Map<String, Integer> layerOf = new HashMap<>();
  private final List<CoupledStructure> singleHeads = new ArrayList<>();
  private final Map<String, Integer> expertOf = new HashMap<>();

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
    SymbolicValue residual = decoder.embed(ops, SymbolicValue.of());
    noteLayer(-1);
    for (int layer = 0; layer < decoder.layers(); layer++) {
      factors.mark(residual.channels(), Role.RESIDUAL);
      SymbolicValue written = decoder.block(ops, residual, layer);
      factors.unite(written.channels(), residual.channels()); // a block can be left out
      residual = written;
      noteLayer(layer);
      if (ops.takeSingleHead()) {
        singleHeads.add(single(layer));
      }
    }
    factors.mark(residual.channels(), Role.RESIDUAL);
    SymbolicValue logits = decoder.head(ops, residual);
    factors.mark(logits.channels(), Role.FIXED);
    noteLayer(-1);
    for (AxisOps.Experts experts : ops.experts()) {
      for (int expert = 0; expert < experts.parameters().size(); expert++) {
        for (String name : experts.parameters().get(expert)) {
          expertOf.put(name, expert);
        }
      }
    }
  }

  /** A head that no other can stand in for: listed, so that people see that none of it can go. */
  private CoupledStructure single(int layer) {
    return new CoupledStructure(
        "layers." + layer + ".attention",
        Kind.ATTENTION,
        layer,
        1,
        decoder.headWidth(),
        List.of(),
        List.of());
  }

  private void noteLayer(int layer) {
    ops.parameters().keySet().forEach(name -> layerOf.putIfAbsent(name, layer));
  }

  private List<CoupledStructure> structures() {
    Map<Integer, List<Member>> members = members(ops.parameters());
    Map<Integer, List<Member>> constants = members(ops.constants());
    List<CoupledStructure> structures = new ArrayList<>();
    structures.add(blocks());
    structures.addAll(singleHeads);
    members.forEach(
        (factor, of) -> {
          if (factors.role(factor) == Role.EXPERTS) {
            structures.add(experts(factor, of));
          } else if (factors.role(factor) != Role.FIXED) {
            structures.add(structure(factor, of, constants.getOrDefault(factor, List.of())));
          }
        });
    structures.sort(
        Comparator.comparingInt(CoupledStructure::layer).thenComparing(CoupledStructure::kind));
    return List.copyOf(structures);
  }

  /** Of each factor that no longer refines, the dimensions that hold it. */
  private Map<Integer, List<Member>> members(Map<String, SymbolicValue> named) {
    Map<Integer, List<Member>> members = new LinkedHashMap<>();
    named.forEach(
        (name, value) -> {
          for (int dimension = 0; dimension < value.axes().size(); dimension++) {
            addRuns(name, dimension, value.axis(dimension), 0, members);
          }
        });
    return members;
  }

  private void addRuns(
      String name,
      int dimension,
      SymbolicAxis axis,
      int offset,
      Map<Integer, List<Member>> members) {
    int outer = 1;
    int inner = factors.size(axis);
    for (int leaf : factors.leaves(axis)) {
      inner /= factors.size(leaf);
      List<SymbolicAxis> pieces = factors.pieces(leaf);
      if (pieces.isEmpty()) {
        addRun(name, dimension, leaf, new Run(offset, outer, inner), members);
      } else if (outer == 1 && inner == 1) {
        int at = offset;
        for (SymbolicAxis piece : pieces) {
          addRuns(name, dimension, piece, at, members);
          at += factors.size(piece);
        }
      } else if (!factors.isFixed(leaf)) {
        throw new IllegalArgumentException(
            "parameter '" + name + "' is fused in a way that can't be pruned");
      }
      outer *= factors.size(leaf);
    }
  }

  private void addRun(
      String name, int dimension, int leaf, Run run, Map<Integer, List<Member>> members) {
    List<Member> of = members.computeIfAbsent(factors.find(leaf), f -> new ArrayList<>());
    Member last = of.isEmpty() ? null : of.get(of.size() - 1);
    List<Run> runs = new ArrayList<>();
    if (last != null && last.parameter().equals(name) && last.dimension() == dimension) {
      runs.addAll(last.runs());
      of.remove(of.size() - 1);
    }
    runs.add(run);
    of.add(new Member(name, dimension, factors.size(leaf), List.copyOf(runs)));
  }

  /**
   * The blocks themselves: each reads the residual stream and gives it back as wide. Blocks that
   * have other parameters than the first, such as experts, have members that not all of them have.
   */
  private CoupledStructure blocks() {
    Set<String> names = new LinkedHashSet<>();
    ops.parameters()
        .keySet()
        .forEach(
            name -> {
              int layer = layerOf.get(name);
              if (layer >= 0) {
                names.add(name.substring(decoder.blockName(layer).length()));
              }
            });
    List<Member> members =
        names.stream()
            .map(name -> new Member(name, Member.WHOLE, decoder.layers(), List.of()))
            .toList();
    return new CoupledStructure(
        CoupledStructure.LAYERS, Kind.LAYERS, -1, decoder.layers(), 1, members, List.of());
  }

  private CoupledStructure structure(int factor, List<Member> members, List<Member> constants) {
    Kind kind =
        switch (factors.role(factor)) {
          case RESIDUAL -> Kind.RESIDUAL;
          case HEADS -> Kind.ATTENTION;
          default -> Kind.MLP;
        };
    int layer = kind == Kind.RESIDUAL ? -1 : layerOf(members);
    String name =
        switch (kind) {
          case RESIDUAL -> CoupledStructure.RESIDUAL;
          case ATTENTION -> "layers." + layer + ".attention";
          default -> "layers." + layer + "." + within(layer, members) + "mlp";
        };
    int channels = kind == Kind.ATTENTION ? decoder.headWidth() : 1;
    return new CoupledStructure(
        name, kind, layer, factors.size(factor), channels, List.copyOf(members), constants);
  }

  /** Whose channels they are: one expert's, those of all experts together, or the block's. */
  private String within(int layer, List<Member> members) {
    Integer expert = expertOf.get(members.get(0).parameter());
    if (expert != null) {
      return "experts." + expert + ".";
    }
    boolean isStacked =
        ops.experts().stream()
            .filter(experts -> experts.mixture().layer() == layer)
            .anyMatch(experts -> experts.parameters().stream().allMatch(List::isEmpty));
    return isStacked ? "experts." : "";
  }

  /** The experts of a block, each with what it has for itself. */
  private CoupledStructure experts(int factor, List<Member> shared) {
    AxisOps.Experts experts =
        ops.experts().stream()
            .filter(of -> factors.leaves(of.axis()).contains(factors.find(factor)))
            .findFirst()
            .orElseThrow();
    List<List<String>> own = experts.parameters();
    List<Member> members = new ArrayList<>(shared);
    for (int i = 0; i < own.get(0).size(); i++) {
      members.add(new Member(pattern(own, i), Member.WHOLE, own.size(), List.of()));
    }
    return new CoupledStructure(
        "layers." + experts.mixture().layer() + ".experts",
        Kind.EXPERTS,
        experts.mixture().layer(),
        own.size(),
        1,
        Math.min(own.size(), experts.mixture().perToken()),
        List.copyOf(members),
        List.of());
  }

  /** The name that the experts' parameters in one place have in common. */
  private static String pattern(List<List<String>> own, int place) {
    String first = own.get(0).get(place);
    int at = first.indexOf(".0.");
    while (at >= 0) {
      String before = first.substring(0, at);
      String after = first.substring(at + 3);
      boolean all = true;
      for (int expert = 0; expert < own.size() && all; expert++) {
        all = own.get(expert).get(place).equals(before + "." + expert + "." + after);
      }
      if (all) {
        return before + Member.EACH + after;
      }
      at = first.indexOf(".0.", at + 1);
    }
    throw new IllegalArgumentException("the experts' parameters " + own + " have no numbers");
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
