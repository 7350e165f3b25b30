package dev.secateur.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A decoder-only language model as its checkpoint's config describes it: which parameters it has,
 * and its forward pass in three parts, so that gradients can be taken part by part.
 */
public interface Decoder {
  /** The config that describes it. */
  ModelConfig config();

  /** The number of blocks. */
  int layers();

  /** The width of one head, K. */
  int headWidth();

  /** What the names of a block's parameters begin with, such as {@code model.layers.3.}. */
  String blockName(int layer);

  /** Every parameter with the shape that the config gives it; a tied parameter once. */
  List<ParameterShape> parameters();

  /**
   * Numbers that the forward pass uses besides its parameters and that depend on the unpruned
   * sizes, such as ALiBi's slopes (one to a query head) and embedding scales; by name.
   */
  default Map<String, double[]> constants() {
    return Map.of();
  }

  /** Whether tokens see only what stands before them. */
  default boolean isCausal() {
    return true;
  }

  /** Whether Hugging Face transformers has a class of its own for the family. */
  default boolean hasStockClass() {
    return true;
  }

  /** The number of token ids that there are, V. */
  default int vocabulary() {
    return config().size("vocab_size");
  }

  /** What each block's attention sees, in the config's words; empty where all blocks are alike. */
  default List<String> layerTypes() {
    return List.of();
  }

  /** The lists of the config that have an entry for each block, by key; as they are in effect. */
  default Map<String, List<?>> layerOptions() {
    return layerTypes().isEmpty() ? Map.of() : Map.of("layer_types", layerTypes());
  }

  /** The config's options of a model that has only these of the blocks, by key. */
  default Map<String, ?> optionsOf(List<Integer> blocks) {
    Map<String, List<?>> options = new LinkedHashMap<>();
    layerOptions()
        .forEach((key, of) -> options.put(key, blocks.stream().<Object>map(of::get).toList()));
    return options;
  }

  /** How many experts each block has, where blocks have any. */
  default Optional<ExpertCounts> experts() {
    return Optional.empty();
  }

  /**
   * How many positions the model has learned, which no text may exceed; absent where it computes
   * them.
   */
  default OptionalInt learnedPositions() {
    return OptionalInt.empty();
  }

  /**
   * The length of the longest texts that are as they began: all tokens of a longer one have other
   * positions, so that nothing that was computed of its beginning can be used.
   */
  default int sameUpTo() {
    return Integer.MAX_VALUE;
  }

  /** Token ids (B, T) -> residual stream (B, T, D). */
  <T> T embed(Ops<T> ops, T ids);

  /** One block: (B, T, D) -> (B, T, D). */
  <T> T block(Ops<T> ops, T residual, int layer);

  /** Residual stream (B, T, D) -> logits (B, T, V). */
  <T> T head(Ops<T> ops, T residual);

  /** The {@code model_type} of the config. */
  default String family() {
    return config().text("model_type").orElseThrow();
  }

  /** The whole forward pass: ids (B, T) -> logits (B, T, V). */
  default <T> T logits(Ops<T> ops, T ids) {
    T residual = embed(ops, ids);
    for (int layer = 0; layer < layers(); layer++) {
      residual = block(ops, residual, layer);
    }
    return head(ops, residual);
  }
}
