package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.List;

/**
 * GPT-NeoX and Pythia (arXiv 2204.06745): attention and MLP side by side on the same residual
 * stream, rotary positions on a part of each head.
 *
 * <p>B batch, T tokens, D residual width, F width of the MLP, H heads, K head width, V vocabulary.
 */
final class GptNeox implements Decoder {
  private static final String ROOT = "gpt_neox.";

  private final ModelConfig config;
  private final int width;
  private final int mlpWidth;
  private final int layers;
  private final int headWidth;
  private final int vocabulary;
  private final double eps;
  private final Rope rope;
  private final Activation activation;
  private final boolean parallel;
  private final boolean attentionBias;
  private final boolean tied;

  GptNeox(ModelConfig config) {
    this.config = config;
    width = config.size("hidden_size");
    mlpWidth = config.size("intermediate_size");
    layers = config.size("num_hidden_layers");
    headWidth = config.dividedBy(width, config.size("num_attention_heads"), "num_attention_heads");
    vocabulary = config.size("vocab_size");
    eps = config.number("layer_norm_eps").orElse(1e-5);
    rope = RopeOptions.of(config, headWidth, 0.25);
    activation = Activations.of(config, "hidden_act", "gelu");
    parallel = config.flag("use_parallel_residual", true);
    attentionBias = config.flag("attention_bias", true);
    tied = config.flag("tie_word_embeddings", false);
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public int layers() {
    return layers;
  }

  @Override
  public int headWidth() {
    return headWidth;
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    return ops.embedding(ids, ROOT + "embed_in");
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    T x = ops.layerNorm(residual, blockName(layer) + "input_layernorm", eps); // (B, T, D)
    Attention attention = Attention.causal(1 / Math.sqrt(headWidth));
    T read =
        FusedAttention.read(
            ops, x, fused(layer), dense(layer), headWidth, attention, h -> ops.rope(h, rope));
    T attended = ops.add(residual, read); // (B, T, D)
    T seen = parallel ? residual : attended;
    T y = ops.layerNorm(seen, blockName(layer) + "post_attention_layernorm", eps); // (B, T, D)
    T inner = ops.activation(ops.linear(y, up(layer)), activation); // (B, T, F)
    return ops.add(attended, ops.linear(inner, down(layer))); // (B, T, D)
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    T x = ops.layerNorm(residual, ROOT + "final_layer_norm", eps); // (B, T, D)
    return ops.linear(x, new Linear(tied ? ROOT + "embed_in" : "embed_out", false)); // (B, T, V)
  }

  @Override
  public List<ParameterShape> parameters() {
    ParameterList all = new ParameterList();
    all.weight(ROOT + "embed_in", vocabulary, width);
    for (int layer = 0; layer < layers; layer++) {
      all.layerNorm(blockName(layer) + "input_layernorm", width)
          .linear(fused(layer), 3L * width, width)
          .linear(dense(layer), width, width)
          .layerNorm(blockName(layer) + "post_attention_layernorm", width)
          .linear(up(layer), mlpWidth, width)
          .linear(down(layer), width, mlpWidth);
    }
    all.layerNorm(ROOT + "final_layer_norm", width);
    if (!tied) {
      all.weight("embed_out", vocabulary, width);
    }
    return all.build();
  }

  @Override
  public String blockName(int layer) {
    return ROOT + "layers." + layer + ".";
  }

  private Linear fused(int layer) {
    return new Linear(blockName(layer) + "attention.query_key_value", attentionBias);
  }

  private Linear dense(int layer) {
    return new Linear(blockName(layer) + "attention.dense", attentionBias);
  }

  private Linear up(int layer) {
    return new Linear(blockName(layer) + "mlp.dense_h_to_4h", true);
  }

  private Linear down(int layer) {
    return new Linear(blockName(layer) + "mlp.dense_4h_to_h", true);
  }
}
