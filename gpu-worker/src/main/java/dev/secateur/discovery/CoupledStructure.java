package dev.secateur.discovery;

import java.util.List;

/**
 * Parameters that must be narrowed together: a group in the paper's words (arXiv 2305.11627,
 * section 3.1).
 *
 * @param name {@code residual}, {@code layers.3.attention} or {@code layers.3.mlp}
 * @param layer the block it lies in, or -1 where it spans blocks
 * @param units how many can be removed one by one: heads (key/value heads with their query heads),
 *     channels
 * @param channelsPerUnit channels that a unit counts when a ratio is rounded: the head width for
 *     heads, else one
 * @param members in order of execution, a parameter used twice where it is used first
 */
public record CoupledStructure(
    String name, Kind kind, int layer, int units, int channelsPerUnit, List<Member> members) {

  /** What a structure is. */
  public enum Kind {
    ATTENTION,
    MLP,
    RESIDUAL
  }

  /**
   * A parameter's dimension of {@code outer * units * inner} entries, of which unit u owns those
   * whose index i has {@code (i / inner) % units == u}.
   */
  public record Member(String parameter, int dimension, int outer, int units, int inner) {
    /** The entries along the dimension. */
    public int length() {
      return outer * units * inner;
    }

    /** The unit that owns an entry. */
    public int unitOf(int index) {
      return index / inner % units;
    }
  }
}
