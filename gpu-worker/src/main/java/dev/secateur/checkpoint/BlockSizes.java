package dev.secateur.checkpoint;

import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The sizes of a model's blocks, block by block.
 *
 * @param width of the residual stream
 * @param heads query and key/value heads
 * @param mlpWidths channels of the MLP, for blocks that have a plain one
 * @param experts sizes of the experts in the other blocks
 */
public record BlockSizes(
    long width, List<List<Long>> heads, List<Long> mlpWidths, List<Experts> experts) {
  /**
   * The experts of a block.
   *
   * @param widths channels inside them, each number once
   */
  public record Experts(int count, Set<Long> widths) {}

  public static BlockSizes of(Decoder decoder) {
    Costs costs = Costs.of(decoder, 1);
    List<Long> mlpWidths = new ArrayList<>();
    List<Experts> experts = new ArrayList<>();
    for (int layer = 0; layer < decoder.layers(); layer++) {
      String block = decoder.blockName(layer);
      if (costs.mixtures().containsKey(layer)) {
        int count = decoder.experts().orElseThrow().of(layer);
        experts.add(new Experts(count, expertWidths(costs, layer, block)));
        continue;
      }
      // The last map that a block runs is the one that its MLP writes with.
      costs.inputs().entrySet().stream()
          .filter(input -> input.getKey().startsWith(block))
          .reduce((earlier, later) -> later)
          .ifPresent(input -> mlpWidths.add(input.getValue()));
    }
    long width = decoder.embed(costs, List.of()).get(0);
    return new BlockSizes(width, costs.heads(), mlpWidths, experts);
  }

  /** What the last map of each expert reads. */
  private static Set<Long> expertWidths(Costs costs, int layer, String block) {
    Map<String, Long> last = new LinkedHashMap<>();
    String router = costs.mixtures().get(layer).router();
    costs
        .inputs()
        .forEach(
            (name, in) -> {
              if (name.startsWith(block) && costs.routed().contains(name) && !name.equals(router)) {
                last.put(name.substring(0, name.lastIndexOf('.')), in);
              }
            });
    return new TreeSet<>(last.values());
  }

  public boolean isUniform() {
    return new HashSet<>(heads).size() == 1
        && new HashSet<>(mlpWidths).size() <= 1
        && new HashSet<>(experts).size() <= 1
        && experts.stream().allMatch(of -> of.widths().size() == 1);
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
    if (new HashSet<>(experts).size() > 1
        || experts.stream().anyMatch(of -> of.widths().size() > 1)) {
      parts.add(
          listed(
              experts.stream()
                  .map(of -> of.count() + " experts of " + channels(of.widths()) + " channels")
                  .toList()));
    }
    return "blocks have uneven widths: " + String.join("; ", parts);
  }

  private static String channels(Set<Long> widths) {
    return widths.size() == 1
        ? "" + widths.iterator().next()
        : Collections.min(widths) + " to " + Collections.max(widths);
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
