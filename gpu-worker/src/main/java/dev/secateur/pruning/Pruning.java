package dev.secateur.pruning;

import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ParameterShape;
import java.util.List;

/** What may be pruned, and what remains of a decoder. Pure arithmetic. */
public final class Pruning {
  private Pruning() {}

  /** The decoder with what the groups remove taken out. */
  public static Decoder prune(Decoder base, List<Recipe.Group> groups) {
    return Families.of(PrunedConfig.of(base, Removal.of(base, groups)));
  }

  /** The number of elements of all parameters. */
  public static long elements(Decoder decoder) {
    return decoder.parameters().stream().mapToLong(ParameterShape::elements).sum();
  }
}
