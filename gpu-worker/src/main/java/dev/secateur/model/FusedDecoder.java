package dev.secateur.model;

import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What BLOOM, GPT-NeoX and GLM share: layer norms with biases, and a fused projection that holds
 * the query, key and value of a head one after the other, head by head.
 *
 * <p>B batch, T tokens, D residual width, F width of the MLP, H heads, K head width, V vocabulary.
 */
abstract class FusedDecoder extends ConfiguredDecoder {
  private final String attentionName;
  private final boolean attentionBias;
  private final int mlpWidth;

  /**
   * @param attentionName what the attention is called within a block
   * @param attentionBias whether its projections have biases
   * @param mlpWidth F
   */
  protected FusedDecoder(
      ModelConfig config,
      int width,
      int layers,
      int headWidth,
      String attentionName,
      boolean attentionBias,
      int mlpWidth) {
    super(config, width, layers, headWidth);
    this.attentionName = attentionName;
    this.attentionBias = attentionBias;
    this.mlpWidth = mlpWidth;
  }

  /**
   * The attention of a block: (B, T, D) -> (B, T, D).
   *
   * @param rotate what happens to queries and keys: (B, H, T, K)
   */
  protected <T> T attention(
      Ops<T> ops, T x, int layer, Attention attention, UnaryOperator<T> rotate) {
    T heads = ops.heads(ops.linear(x, fused(layer)), 3 * headWidth); // (B, H, T, 3*K)
    List<T> parts = ops.split(heads, 1, 1, 1); // 3 x (B, H, T, K)
    T q = rotate.apply(parts.get(0));
    T k = rotate.apply(parts.get(1));
    T read = ops.attention(q, k, parts.get(2), attention); // (B, H, T, K)
    return ops.linear(ops.merge(read), dense(layer)); // (B, T, H*K) -> (B, T, D)
  }

  /** The MLP of a block: (B, T, D) -> (B, T, D). */
  protected <T> T mlp(Ops<T> ops, T x, int layer, Ops.Activation activation) {
    return ops.linear(ops.activation(ops.linear(x, up(layer)), activation), down(layer));
  }

  /** The parameters of all blocks. */
  protected void blockParameters(ParameterList all) {
    for (int layer = 0; layer < layers; layer++) {
      all.layerNorm(blockName(layer) + "input_layernorm", width)
          .linear(fused(layer), 3L * width, width)
          .linear(dense(layer), width, width)
          .layerNorm(blockName(layer) + "post_attention_layernorm", width)
          .linear(up(layer), mlpWidth, width)
          .linear(down(layer), width, mlpWidth);
    }
  }

  private Linear fused(int layer) {
    return new Linear(blockName(layer) + attentionName + ".query_key_value", attentionBias);
  }

  private Linear dense(int layer) {
    return new Linear(blockName(layer) + attentionName + ".dense", attentionBias);
  }

  private Linear up(int layer) {
    return new Linear(blockName(layer) + "mlp.dense_h_to_4h", true);
  }

  private Linear down(int layer) {
    return new Linear(blockName(layer) + "mlp.dense_4h_to_h", true);
  }
}
