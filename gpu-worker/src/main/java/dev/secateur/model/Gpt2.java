package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.List;
import java.util.OptionalInt;

/**
 * GPT-2: learned positions; queries, keys and values fused one after the other; matrices stored
 * (in, out).
 *
 * <p>B batch, T tokens, D residual width, F width of the MLP, H heads, K head width, V vocabulary.
 */
final class Gpt2 extends ConfiguredDecoder {
  private static final String ROOT = "transformer.";

  private final int mlpWidth;
  private final int maxPositions;
  private final double eps;
  private final double scale;
  private final Activation activation;
  private final boolean tied;

  Gpt2(ModelConfig config) {
    super(
        config,
        width(config),
        config.size("n_layer", "num_hidden_layers"),
        config.dividedBy(width(config), config.size("n_head", "num_attention_heads"), "n_head"));
    mlpWidth = config.optionalSize("n_inner").orElse(4 * width);
    maxPositions = config.size("n_positions", "max_position_embeddings");
    eps = config.positive("layer_norm_epsilon").orElse(1e-5);
    scale = config.flag("scale_attn_weights", true) ? 1 / Math.sqrt(headWidth) : 1;
    activation = ActivationFunctions.of(config, "activation_function", "gelu_new");
    tied = config.flag("tie_word_embeddings", true);
    for (String key : List.of("scale_attn_by_inverse_layer_idx", "add_cross_attention")) {
      if (config.flag(key, false)) {
        throw config.error(key, "is true, which is not supported");
      }
    }
  }

  private static int width(ModelConfig config) {
    return config.size("n_embd", "hidden_size");
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    return ops.add(ops.embedding(ids, ROOT + "wte"), ops.positions(ids, ROOT + "wpe", 0));
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    T x = ops.layerNorm(residual, blockName(layer) + "ln_1", eps); // (B, T, D)
    List<T> parts = ops.split(ops.linear(x, convolution(layer, "attn.c_attn")), 1, 1, 1);
    T q = ops.heads(parts.get(0), headWidth); // (B, H, T, K)
    T k = ops.heads(parts.get(1), headWidth); // (B, H, T, K)
    T v = ops.heads(parts.get(2), headWidth); // (B, H, T, K)
    T read = ops.merge(ops.attention(q, k, v, Attention.causal(scale))); // (B, T, H*K)
    T attended = ops.add(residual, ops.linear(read, convolution(layer, "attn.c_proj")));
    T y = ops.layerNorm(attended, blockName(layer) + "ln_2", eps); // (B, T, D)
    T inner = ops.activation(ops.linear(y, convolution(layer, "mlp.c_fc")), activation);
    return ops.add(attended, ops.linear(inner, convolution(layer, "mlp.c_proj"))); // (B, T, D)
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    T x = ops.layerNorm(residual, ROOT + "ln_f", eps); // (B, T, D)
    return ops.linear(x, new Linear(tied ? ROOT + "wte" : "lm_head", false)); // (B, T, V)
  }

  @Override
  public List<ParameterShape> parameters() {
    ParameterList all = new ParameterList();
    all.weight(ROOT + "wte", vocabulary, width).weight(ROOT + "wpe", maxPositions, width);
    for (int layer = 0; layer < layers; layer++) {
      all.layerNorm(blockName(layer) + "ln_1", width)
          .linear(convolution(layer, "attn.c_attn"), 3L * width, width)
          .linear(convolution(layer, "attn.c_proj"), width, width)
          .layerNorm(blockName(layer) + "ln_2", width)
          .linear(convolution(layer, "mlp.c_fc"), mlpWidth, width)
          .linear(convolution(layer, "mlp.c_proj"), width, mlpWidth);
    }
    all.layerNorm(ROOT + "ln_f", width);
    return all.untied(tied, "lm_head", vocabulary, width).build();
  }

  @Override
  public OptionalInt learnedPositions() {
    return OptionalInt.of(maxPositions);
  }

  @Override
  public String blockName(int layer) {
    return ROOT + "h." + layer + ".";
  }

  private Linear convolution(int layer, String name) {
    return new Linear(blockName(layer) + name, true, true);
  }
}
