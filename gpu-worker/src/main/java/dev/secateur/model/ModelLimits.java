package dev.secateur.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The largest sizes that a config may give, far above every existing model, so that a few bytes of
 * config never cause hours of work. Checked before any of it.
 */
final class ModelLimits {
  static final int LAYERS = 4096;

  /** Of the residual stream and the MLP. */
  static final int WIDTH = 1 << 20;

  static final int HEADS = 1 << 14;
  static final int HEAD_WIDTH = 1 << 14;
  static final int VOCABULARY = 1 << 24;

  /** Elements of one parameter. */
  static final long ELEMENTS = 1L << 40;

  private static final Map<String, Integer> BY_KEY = new LinkedHashMap<>();

  static {
    put(LAYERS, "num_hidden_layers", "n_layer", "num_layers");
    put(WIDTH, "hidden_size", "n_embd", "n_embed", "word_embed_proj_dim");
    put(WIDTH, "intermediate_size", "ffn_dim", "n_inner", "inner_hidden_size");
    put(WIDTH, "moe_intermediate_size");
    put(HEADS, "num_attention_heads", "n_head", "num_key_value_heads");
    put(HEAD_WIDTH, "head_dim");
    put(VOCABULARY, "vocab_size");
  }

  private ModelLimits() {}

  private static void put(int most, String... keys) {
    for (String key : keys) {
      BY_KEY.put(key, most);
    }
  }

  /**
   * @throws dev.secateur.protocol.InputException naming the key whose size is above its limit
   */
  static void checkSizes(ModelConfig config) {
    BY_KEY.forEach(
        (key, most) -> {
          int size = config.optionalSize(key).orElse(1);
          if (size > most) {
            throw config.error(
                key, String.format("is %d, more than the %,d that a model may have", size, most));
          }
        });
  }

  /**
   * @throws dev.secateur.protocol.InputException naming a parameter that is empty or too large
   */
  static void checkParameters(Decoder decoder) {
    for (ParameterShape parameter : decoder.parameters()) {
      if (parameter.shape().stream().anyMatch(size -> size < 1) || isTooLarge(parameter.shape())) {
        throw decoder
            .config()
            .error(
                "model_type",
                "and the sizes beside it make '"
                    + parameter.name()
                    + "' of shape "
                    + parameter.shape()
                    + "; a parameter has 1 to 2^40 elements");
      }
    }
  }

  private static boolean isTooLarge(List<Long> shape) {
    long elements = 1;
    for (long size : shape) {
      if (size > ELEMENTS / elements) {
        return true;
      }
      elements *= size;
    }
    return false;
  }
}
