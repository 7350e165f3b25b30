package dev.secateur.model;

import com.fasterxml.jackson.databind.node.IntNode;
import java.util.List;
import java.util.Map;

/**
 * The sizes that transformers' config classes have where a config does not state them; text models
 * within others, and Gemma 3's, often state those alone that are otherwise.
 */
final class ClassSizes {
  private static final List<String> KEYS =
      List.of(
          "vocab_size",
          "hidden_size",
          "intermediate_size",
          "num_hidden_layers",
          "num_attention_heads",
          "max_position_embeddings",
          "num_key_value_heads",
          "head_dim");

  private static final Map<String, List<Integer>> BY_TYPE =
      Map.of(
          "gemma3_text", List.of(262_208, 2304, 9216, 26, 8, 131_072, 4, 256),
          "llama", List.of(32_000, 4096, 11_008, 32, 32, 2048),
          "mistral", List.of(32_000, 4096, 14_336, 32, 32, 131_072, 8),
          "qwen2", List.of(151_936, 4096, 22_016, 32, 32, 32_768, 32),
          "qwen3", List.of(151_936, 4096, 22_016, 32, 32, 32_768, 32, 128));

  private ClassSizes() {}

  /** The config with every size of the class that it leaves out. */
  static ModelConfig completed(ModelConfig config, String type) {
    ModelConfig whole = config;
    List<Integer> sizes = BY_TYPE.getOrDefault(type, List.of());
    for (int i = 0; i < sizes.size(); i++) {
      if (!config.json().has(KEYS.get(i))) {
        whole = whole.with(KEYS.get(i), IntNode.valueOf(sizes.get(i)));
      }
    }
    return whole;
  }
}
