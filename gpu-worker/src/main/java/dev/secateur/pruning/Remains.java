package dev.secateur.pruning;

import dev.secateur.model.Decoder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * What remains of a base after groups are removed: its blocks, its parameters and their entries.
 */
public final class Remains {
  private final Decoder base;
  private final Removal removal;

  private Remains(Decoder base, Removal removal) {
    this.base = base;
    this.removal = removal;
  }

  /**
   * @throws dev.secateur.protocol.InputException when a group is not the model's
   */
  public static Remains of(Decoder base, List<Recipe.Group> groups) {
    return new Remains(base, Removal.of(base, groups));
  }

  /** Which block of the pruned model a block of the base becomes; none where it goes. */
  public OptionalInt block(int layer) {
    int place = removal.keptLayers().indexOf(layer);
    return place < 0 ? OptionalInt.empty() : OptionalInt.of(place);
  }

  /** What a parameter is called in the pruned model; nothing where it goes. */
  public Optional<String> name(String parameter) {
    return removal.renamed(parameter, base);
  }

  /** Whether anything of a block goes, though not all of it. */
  public boolean isCut(int layer) {
    String block = base.blockName(layer);
    return removal.entries().keySet().stream()
            .filter(parameter -> parameter.startsWith(block))
            .anyMatch(
                parameter ->
                    removal.of(parameter).values().stream().anyMatch(gone -> !gone.isEmpty()))
        || removal.dropped().stream().anyMatch(parameter -> parameter.startsWith(block));
  }

  /** Whether entries of a parameter go along a dimension. */
  public boolean isCut(String parameter, int dimension) {
    return !gone(parameter, dimension).isEmpty();
  }

  /** The entries of a parameter that stay along a dimension of this many, ascending. */
  public long[] kept(String parameter, int dimension, long length) {
    Set<Integer> gone = gone(parameter, dimension);
    return LongStream.range(0, length).filter(i -> !gone.contains((int) i)).toArray();
  }

  private Set<Integer> gone(String parameter, int dimension) {
    return removal.of(parameter).getOrDefault(dimension, Set.of());
  }
}
