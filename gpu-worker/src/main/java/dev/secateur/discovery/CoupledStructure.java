package dev.secateur.discovery;

import dev.secateur.model.Decoder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Parameters that must be narrowed together: the paper calls this a group (arXiv 2305.11627,
 * section 3.1).
 *
 * @param name {@code residual}, {@code layers}, {@code layers.3.attention}, {@code layers.3.mlp},
 *     {@code layers.3.experts}, or of a single expert's channels {@code layers.3.experts.7.mlp}
 * @param layer its block, or -1 if it spans blocks
 * @param units how many can be removed one by one: heads (key/value heads with their query heads),
 *     channels, blocks, experts
 * @param channelsPerUnit channels that a unit counts for when a ratio is rounded: the head width
 *     for heads, otherwise one
 * @param least how many units must stay: for experts as many as a token is routed to, otherwise one
 * @param members in order of execution, a parameter that is used twice at its first use
 * @param constants of the decoder that are narrowed too, such as ALiBi's slopes; never scored
 */
@SuppressWarnings("InvalidParam") // {@code layers} is a name, not the component
public record CoupledStructure(
    String name,
    Kind kind,
    int layer,
    int units,
    int channelsPerUnit,
    int least,
    List<Member> members,
    List<Member> constants) {

  public CoupledStructure {
    least = Math.max(1, least);
  }

  /** One of whose units one must stay. */
  public CoupledStructure(
      String name,
      Kind kind,
      int layer,
      int units,
      int channelsPerUnit,
      List<Member> members,
      List<Member> constants) {
    this(name, kind, layer, units, channelsPerUnit, 1, members, constants);
  }

  /** The name of the structure whose units are blocks. */
  public static final String LAYERS = "layers";

  /** The name of the structure whose units are channels of the residual stream. */
  public static final String RESIDUAL = "residual";

  /** What a structure is. */
  public enum Kind {
    ATTENTION,
    MLP,
    RESIDUAL,
    /** Whole blocks; a member is a parameter of each of them. */
    LAYERS,
    /** A member that a unit owns whole is a parameter of each expert. */
    EXPERTS
  }

  /**
   * The parameters that a member stands for: one that units share, or one of each unit, in order.
   */
  public List<String> parameters(Decoder decoder, Member member) {
    return member.dimension() == Member.WHOLE
        ? IntStream.range(0, units).mapToObj(unit -> parameter(decoder, member, unit)).toList()
        : List.of(member.parameter());
  }

  /** The parameter that a unit has a part of, or all; of blocks that differ some have none. */
  public String parameter(Decoder decoder, Member member, int unit) {
    if (member.dimension() != Member.WHOLE) {
      return member.parameter();
    }
    return kind == Kind.LAYERS
        ? decoder.blockName(unit) + member.parameter()
        : member.parameter().replace(Member.EACH, "." + unit + ".");
  }

  /**
   * A parameter's dimension, or part of it, shared out among units.
   *
   * @param parameter its name; of {@link Kind#LAYERS} what follows the block's name, and where each
   *     expert has its own {@link #EACH} for the expert's number
   * @param dimension which of its dimensions; {@link #WHOLE} where a unit owns all of it
   * @param units as many as the structure has
   * @param runs which entries along the dimension, several where projections are fused
   */
  public record Member(String parameter, int dimension, int units, List<Run> runs) {
    /** The dimension of a member that a unit owns whole. */
    public static final int WHOLE = -1;

    /** What stands in a name for a unit's number. */
    public static final String EACH = ".*.";

    /** A member of a single run from the first entry on. */
    public static Member of(String parameter, int dimension, int outer, int units, int inner) {
      return new Member(parameter, dimension, units, List.of(new Run(0, outer, inner)));
    }

    /** The entries of a unit along the dimension, ascending. */
    public List<Integer> entries(int unit) {
      return runs.stream().flatMap(run -> run.entries(unit, units).stream()).sorted().toList();
    }
  }

  /**
   * {@code outer * units * inner} entries from {@code offset} on, of which unit u owns those whose
   * place i in the run has {@code (i / inner) % units == u}.
   */
  public record Run(int offset, int outer, int inner) {
    private List<Integer> entries(int unit, int units) {
      java.util.ArrayList<Integer> entries = new java.util.ArrayList<>(outer * inner);
      for (int o = 0; o < outer; o++) {
        for (int i = 0; i < inner; i++) {
          entries.add(offset + (o * units + unit) * inner + i);
        }
      }
      return entries;
    }
  }
}
