package dev.secateur.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * How many experts each block has.
 *
 * @param key of the config that says how many a block has
 * @param perToken how many a token is routed to
 * @param inBlocks of each block; 0 for one without
 */
public record ExpertCounts(String key, int perToken, List<Integer> inBlocks) {
  /** The key under {@link PrunedDecoder#KEY} of a list, where blocks have different numbers. */
  public static final String KEY = "experts";

  /** Of all blocks together, far above every model that there is. */
  private static final int MOST = 1 << 18;

  public ExpertCounts {
    inBlocks = List.copyOf(inBlocks);
  }

  /**
   * As the config says.
   *
   * @param keys of the number of a block's experts, any of which may be there
   * @param otherwise the number where none is
   * @param perTokenKey of how many a token takes
   * @param perToken how many where it is absent
   * @param sparse which blocks have experts
   * @throws dev.secateur.protocol.InputException when a token would take more than there are
   */
  static ExpertCounts of(
      ModelConfig config,
      List<String> keys,
      int otherwise,
      String perTokenKey,
      int perToken,
      int layers,
      IntPredicate sparse) {
    String key = keys.stream().filter(config.json()::hasNonNull).findFirst().orElse(keys.get(0));
    int stated = config.optionalSize(key).orElse(otherwise);
    int taken = config.optionalSize(perTokenKey).orElse(perToken);
    if ((long) stated * layers > MOST) {
      throw config.error(
          key, "is %d in %d blocks, more than the %,d of a model".formatted(stated, layers, MOST));
    }
    List<Integer> counts = new ArrayList<>();
    JsonNode left = config.json().path(PrunedDecoder.KEY).path(KEY);
    for (int layer = 0; layer < layers; layer++) {
      int count = sparse.test(layer) ? stated : 0;
      if (!left.isMissingNode()) {
        count = left(config, left, layers, layer, count);
      }
      if (count > 0 && count < taken) {
        throw config.error(
            perTokenKey, "is " + taken + ", and block " + layer + " has " + count + " experts");
      }
      counts.add(count);
    }
    return new ExpertCounts(key, taken, counts);
  }

  /** What a pruned model's config says of a block. */
  private static int left(ModelConfig config, JsonNode left, int layers, int layer, int whole) {
    JsonNode count = left.path(layer);
    boolean fits =
        left.isArray()
            && left.size() == layers
            && count.isIntegralNumber()
            && (whole == 0 ? count.asInt() == 0 : count.asInt() > 0 && count.asInt() <= whole);
    if (!fits) {
      throw config.error(
          PrunedDecoder.KEY + "." + KEY,
          "is not a list of " + layers + " numbers, each at most what its block had");
    }
    return count.asInt();
  }

  /** The experts of a block; 0 of one without. */
  public int of(int layer) {
    return inBlocks.get(layer);
  }

  /**
   * Of a model with fewer.
   *
   * @param left how many are left, by block of those that lose some
   * @param blocks those that stay, ascending
   */
  public ExpertCounts left(Map<Integer, Integer> left, List<Integer> blocks) {
    return new ExpertCounts(
        key,
        perToken,
        blocks.stream().map(block -> left.getOrDefault(block, inBlocks.get(block))).toList());
  }

  /** Puts them into a config, in its own key where all blocks that have experts have as many. */
  public void state(ObjectNode config) {
    TreeSet<Integer> numbers = new TreeSet<>(inBlocks);
    numbers.remove(0);
    if (numbers.isEmpty()) {
      return;
    }
    config.put(key, numbers.last());
    if (numbers.size() > 1) {
      ArrayNode list = config.withObject("/" + PrunedDecoder.KEY).putArray(KEY);
      inBlocks.forEach(list::add);
    }
  }
}
