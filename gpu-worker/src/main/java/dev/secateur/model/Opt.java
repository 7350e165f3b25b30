package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.List;
import java.util.OptionalInt;

/**
 * OPT (arXiv 2205.01068): learned positions, biases everywhere.
 *
 * <p>B batch, T tokens, D residual width, F width of the MLP, H heads, K head width, V vocabulary.
 */
final class Opt extends ConfiguredDecoder {
  private static final String ROOT = "model.decoder.";
  private static final int POSITION_OFFSET = 2;

  private final int mlpWidth;
  private final int maxPositions;
  private final Activation activation;
  private final boolean bias;
  private final boolean tied;

  Opt(ModelConfig config) {
    super(
        config,
        config.size("hidden_size"),
        config.size("num_hidden_layers"),
        config.dividedBy(
            config.size("hidden_size"), config.size("num_attention_heads"), "num_attention_heads"));
    mlpWidth = config.size("ffn_dim");
    maxPositions = config.size("max_position_embeddings");
    activation = ActivationFunctions.of(config, "activation_function", "relu");
    bias = config.flag("enable_bias", true);
    tied = config.flag("tie_word_embeddings", true);
    refuse(!config.flag("do_layer_norm_before", true), "do_layer_norm_before", "false");
    refuse(config.flag("_remove_final_layer_norm", false), "_remove_final_layer_norm", "true");
    refuse(
        !config.flag("layer_norm_elementwise_affine", true),
        "layer_norm_elementwise_affine",
        "false");
    int embedded = config.optionalSize("word_embed_proj_dim").orElse(width);
    refuse(embedded != width, "word_embed_proj_dim", Integer.toString(embedded));
  }

  private void refuse(boolean found, String key, String value) {
    if (found) {
      throw config.error(key, "is " + value + ", as in OPT-350m, which is not supported");
    }
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    T words = ops.embedding(ids, ROOT + "embed_tokens"); // (B, T, D)
    return ops.add(words, ops.positions(ids, ROOT + "embed_positions", POSITION_OFFSET));
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    T x = ops.layerNorm(residual, blockName(layer) + "self_attn_layer_norm", 1e-5); // (B, T, D)
    T q = ops.heads(ops.linear(x, projection(layer, "q_proj")), headWidth); // (B, H, T, K)
    T k = ops.heads(ops.linear(x, projection(layer, "k_proj")), headWidth); // (B, H, T, K)
    T v = ops.heads(ops.linear(x, projection(layer, "v_proj")), headWidth); // (B, H, T, K)
    T read = ops.attention(q, k, v, Attention.causal(1 / Math.sqrt(headWidth))); // (B, H, T, K)
    T attended = ops.add(residual, ops.linear(ops.merge(read), projection(layer, "out_proj")));
    T y = ops.layerNorm(attended, blockName(layer) + "final_layer_norm", 1e-5); // (B, T, D)
    T inner = ops.activation(ops.linear(y, mlpLayer(layer, "fc1")), activation); // (B, T, F)
    return ops.add(attended, ops.linear(inner, mlpLayer(layer, "fc2"))); // (B, T, D)
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    T x = ops.layerNorm(residual, ROOT + "final_layer_norm", 1e-5); // (B, T, D)
    return ops.linear(x, new Linear(tied ? ROOT + "embed_tokens" : "lm_head", false));
  }

  @Override
  public List<ParameterShape> parameters() {
    ParameterList all = new ParameterList();
    all.weight(ROOT + "embed_tokens", vocabulary, width)
        .weight(ROOT + "embed_positions", maxPositions + POSITION_OFFSET, width);
    for (int layer = 0; layer < layers; layer++) {
      all.layerNorm(blockName(layer) + "self_attn_layer_norm", width)
          .linear(projection(layer, "q_proj"), width, width)
          .linear(projection(layer, "k_proj"), width, width)
          .linear(projection(layer, "v_proj"), width, width)
          .linear(projection(layer, "out_proj"), width, width)
          .layerNorm(blockName(layer) + "final_layer_norm", width)
          .linear(mlpLayer(layer, "fc1"), mlpWidth, width)
          .linear(mlpLayer(layer, "fc2"), width, mlpWidth);
    }
    all.layerNorm(ROOT + "final_layer_norm", width);
    return all.untied(tied, "lm_head", vocabulary, width).build();
  }

  @Override
  public OptionalInt learnedPositions() {
    return OptionalInt.of(maxPositions);
  }

  @Override
  public String blockName(int layer) {
    return ROOT + "layers." + layer + ".";
  }

  private Linear projection(int layer, String name) {
    return new Linear(blockName(layer) + "self_attn." + name, bias);
  }

  private Linear mlpLayer(int layer, String name) {
    return new Linear(blockName(layer) + name, bias);
  }
}
