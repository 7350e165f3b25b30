package dev.secateur.checkpoint;

import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The sizes of a model's blocks, block by block.
 *
 * @param width of the residual stream
 * @param heads query and key/value heads
 * @param mlpWidths channels inside the MLP
 */
public record BlockSizes(long width, List<List<Long>> heads, List<Long> mlpWidths) {
  public static BlockSizes of(Decoder decoder) {
    Costs costs = Costs.of(decoder, 1);
    List<Long> mlpWidths = new ArrayList<>();
    for (int layer = 0; layer < decoder.layers(); layer++) {
      String block = decoder.blockName(layer);
      // The last map that a block runs is the one that its MLP writes with.
      costs.inputs().entrySet().stream()
          .filter(input -> input.getKey().startsWith(block))
          .reduce((earlier, later) -> later)
          .ifPresent(input -> mlpWidths.add(input.getValue()));
    }
    long width = decoder.embed(costs, List.of()).get(0);
    return new BlockSizes(width, costs.heads(), mlpWidths);
  }

  public boolean isUniform() {
    return new HashSet<>(heads).size() == 1 && new HashSet<>(mlpWidths).size() == 1;
  }

  /** In what blocks differ, as one line. */
  public String differences() {
    List<String> parts = new ArrayList<>();
    if (new HashSet<>(heads).size() > 1) {
      List<String> each =
          heads.stream()
              .map(h -> h.get(0) + " query and " + h.get(1) + " key/value heads")
              .toList();
      parts.add(listed(each));
    }
    if (new HashSet<>(mlpWidths).size() > 1) {
      parts.add(listed(mlpWidths.stream().map(width -> width + " MLP channels").toList()));
    }
    return "blocks have uneven widths: " + String.join("; ", parts);
  }

  private static String listed(List<String> ofBlocks) {
    Map<String, List<Integer>> blocks = new LinkedHashMap<>();
    for (int block = 0; block < ofBlocks.size(); block++) {
      blocks.computeIfAbsent(ofBlocks.get(block), size -> new ArrayList<>()).add(block);
    }
    return blocks.entrySet().stream()
        .map(size -> size.getKey() + " in " + ranges(size.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String ranges(List<Integer> blocks) {
    List<String> ranges = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= blocks.size(); i++) {
      if (i == blocks.size() || blocks.get(i) != blocks.get(i - 1) + 1) {
        int first = blocks.get(start);
        int last = blocks.get(i - 1);
        ranges.add(first == last ? "" + first : first + "-" + last);
        start = i;
      }
    }
    return (blocks.size() == 1 ? "block " : "blocks ") + String.join(", ", ranges);
  }
}
