package dev.secateur.training;

import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Ops.Linear;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Low-rank adaptation (arXiv 2106.09685): y = W x + (alpha / rank) B A dropout(x).
 *
 * @param rank rows of A
 * @param targets the last parts of the names of the layers that get an adapter, such as {@code
 *     q_proj}
 */
public record LoraSettings(int rank, double alpha, double dropout, List<String> targets) {
  /**
   * The names of all affine maps of a decoder's blocks, each once: LLaMA's seven projections. Names
   * that experts' maps or a router have are left out.
   */
  public static List<String> allProjections(Decoder decoder) {
    Set<String> routed = new HashSet<>();
    Costs.of(decoder, 1).routed().forEach(name -> routed.add(lastWord(name)));
    return names(decoder).stream().filter(name -> !routed.contains(name)).toList();
  }

  private static List<String> names(Decoder decoder) {
    return blockLayers(decoder).stream().map(layer -> lastWord(layer.name())).distinct().toList();
  }

  /** The affine maps of a decoder's blocks, in order of execution. */
  public static List<Linear> blockLayers(Decoder decoder) {
    return Costs.of(decoder, 1).linears().values().stream()
        .filter(
            layer ->
                IntStream.range(0, decoder.layers())
                    .anyMatch(block -> layer.name().startsWith(decoder.blockName(block))))
        .toList();
  }

  /**
   * Checks that every target, the last word of a name, stands for a layer of a decoder's blocks.
   *
   * @throws InputException that names the one that does not, and what there is
   */
  public static void checkTargets(List<String> targets, Decoder decoder) {
    List<String> known = names(decoder);
    for (String target : targets) {
      if (!known.contains(target)) {
        throw new InputException(
            "no layer of the model's blocks is named '"
                + target
                + "'; there are "
                + String.join(", ", known)
                + Suggestion.of(target, known));
      }
    }
  }

  private static String lastWord(String layer) {
    return layer.substring(layer.lastIndexOf('.') + 1);
  }

  /** What the low-rank path is multiplied with. */
  public double scale() {
    return alpha / rank;
  }

  /** Whether a layer of that name gets an adapter. */
  public boolean covers(String layer) {
    return targets.contains(lastWord(layer));
  }
}
