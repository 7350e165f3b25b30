package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The structures and blocks that a strategy may prune. */
public final class Eligible {
  private Eligible() {}

  /**
   * Blocks that may be pruned, ends excluded.
   *
   * @param attention where heads may go; for whole blocks, which blocks may
   * @param mlp where channels of the MLP, or experts, may go
   */
  public record Layers(LayerSpan attention, LayerSpan mlp) {
    /** The same blocks for heads and channels. */
    public static Layers both(int first, int end) {
      LayerSpan span = new LayerSpan(first, end);
      return new Layers(span, span);
    }
  }

  /**
   * The structures that the strategy may prune, in the order of discovery.
   *
   * @throws InputException when it prunes experts and there are none
   */
  public static List<CoupledStructure> of(
      List<CoupledStructure> structures, Strategy strategy, Layers layers) {
    List<CoupledStructure> eligible = new ArrayList<>();
    boolean shared = strategy == Strategy.BLOCK_SHARED;
    for (CoupledStructure structure : shared ? SharedChannels.instead(structures) : structures) {
      switch (strategy) {
        case CHANNEL -> addIf(structure.kind() == Kind.RESIDUAL, structure, eligible);
        case LAYER -> addIf(structure.kind() == Kind.LAYERS, structure, eligible);
        case EXPERT ->
            addIf(
                structure.kind() == Kind.EXPERTS && inBlock(structure, layers),
                structure,
                eligible);
        case BLOCK, BLOCK_SHARED -> addIf(isNarrowed(structure, layers), structure, eligible);
        case IGNORE_DEPENDENCIES -> {
          if (isNarrowed(structure, layers)) {
            eligible.addAll(apart(structure));
          }
        }
      }
    }
    if (strategy == Strategy.EXPERT && eligible.isEmpty()) {
      throw new InputException(
          "the strategy 'expert' finds no experts in the blocks that it may prune");
    }
    return List.copyOf(eligible);
  }

  private static void addIf(
      boolean condition, CoupledStructure structure, List<CoupledStructure> eligible) {
    if (condition) {
      eligible.add(structure);
    }
  }

  private static boolean isNarrowed(CoupledStructure structure, Layers layers) {
    return structure.kind() != Kind.EXPERTS && inBlock(structure, layers);
  }

  private static boolean inBlock(CoupledStructure structure, Layers layers) {
    return switch (structure.kind()) {
      case ATTENTION -> layers.attention().contains(structure.layer());
      case MLP, EXPERTS -> layers.mlp().contains(structure.layer());
      case RESIDUAL, LAYERS -> false;
    };
  }

  /** Each member as a structure of its own, as if nothing depended on it. */
  static List<CoupledStructure> apart(CoupledStructure structure) {
    return structure.members().stream()
        .map(
            member ->
                new CoupledStructure(
                    structure.name() + "/" + brief(member),
                    structure.kind(),
                    structure.layer(),
                    structure.units(),
                    structure.channelsPerUnit(),
                    List.of(member),
                    List.of()))
        .toList();
  }

  /** The last parts of a parameter's name, such as {@code q_proj.weight}. */
  private static String brief(Member member) {
    String[] words = member.parameter().split("\\.");
    return words[words.length - 2] + "." + words[words.length - 1];
  }

  /** How many units of a structure may go, where all of them did. */
  static long units(CoupledStructure structure, Layers layers) {
    return IntStream.range(0, structure.units())
        .filter(unit -> mayGo(structure, unit, layers))
        .count();
  }

  /** Whether a unit may go: a block only where the range has it, any other unit always. */
  static boolean mayGo(CoupledStructure structure, int unit, Layers layers) {
    return structure.kind() != Kind.LAYERS || layers.attention().contains(unit);
  }
}
