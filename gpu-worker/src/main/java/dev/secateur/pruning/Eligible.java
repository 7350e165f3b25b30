package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.protocol.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Which structures, and which blocks, a strategy may prune. */
public final class Eligible {
  private Eligible() {}

  /**
   * Blocks that may be pruned, ends excluded.
   *
   * @param attention where heads may go; for whole blocks, which blocks may
   * @param mlp where channels of the MLP may go
   */
  public record Layers(Range attention, Range mlp) {
    /** The same blocks for heads and channels. */
    public static Layers both(int first, int end) {
      return new Layers(new Range(first, end), new Range(first, end));
    }
  }

  /** Blocks from {@code first} to before {@code end}. */
  public record Range(int first, int end) {
    public boolean contains(int layer) {
      return layer >= first && layer < end;
    }
  }

  /** The structures that the strategy may prune, in the order of discovery. */
  public static List<CoupledStructure> of(
      List<CoupledStructure> structures, Strategy strategy, Layers layers) {
    List<CoupledStructure> eligible = new ArrayList<>();
    for (CoupledStructure structure : structures) {
      switch (strategy) {
        case CHANNEL -> addIf(structure.kind() == Kind.RESIDUAL, structure, eligible);
        case LAYER -> addIf(structure.kind() == Kind.LAYERS, structure, eligible);
        case BLOCK -> addIf(inBlock(structure, layers), structure, eligible);
        case IGNORE_DEPENDENCIES -> {
          if (inBlock(structure, layers)) {
            eligible.addAll(apart(structure));
          }
        }
      }
    }
    return List.copyOf(eligible);
  }

  private static void addIf(
      boolean condition, CoupledStructure structure, List<CoupledStructure> eligible) {
    if (condition) {
      eligible.add(structure);
    }
  }

  private static boolean inBlock(CoupledStructure structure, Layers layers) {
    return structure.kind() == Kind.ATTENTION && layers.attention().contains(structure.layer())
        || structure.kind() == Kind.MLP && layers.mlp().contains(structure.layer());
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

  /** The last words of a parameter's name, such as {@code q_proj.weight}. */
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
