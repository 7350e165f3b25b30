package dev.secateur.model;

import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Baichuan 7B and 13B: LLaMA with queries, keys and values fused one after the other. 7B has rotary
 * positions; 13B, whose config has no {@code max_position_embeddings}, has linear biases, whose
 * slopes stay with their heads.
 */
final class Baichuan extends LlamaLike {
  private final Map<String, double[]> slopes = new LinkedHashMap<>();

  Baichuan(ModelConfig config) {
    super(config, 0, 0, 1e-6);
    if (config.number("z_loss_weight").isPresent()) {
      throw config.error("z_loss_weight", "marks Baichuan 2, whose output layer is not supported");
    }
    if (keyHeads != queryHeads) {
      throw config.error(
          "num_key_value_heads", "is set, but Baichuan fuses as many as query heads");
    }
    if (config.optionalSize("max_position_embeddings").isEmpty()) {
      for (int layer = 0; layer < layers; layer++) {
        slopes.put(slopes(layer), config.constants(slopes(layer), Alibi.slopes(queryHeads)));
      }
    }
  }

  @Override
  public boolean hasStockClass() {
    return false;
  }

  @Override
  public Map<String, double[]> constants() {
    return slopes;
  }

  private String slopes(int layer) {
    return blockName(layer) + "self_attn.slopes";
  }

  @Override
  protected <T> T attention(Ops<T> ops, T x, int layer) {
    List<T> parts = ops.split(ops.linear(x, fused(layer)), 1, 1, 1);
    T q = ops.heads(parts.get(0), headWidth); // (B, H, T, K)
    T k = ops.heads(parts.get(1), headWidth); // (B, H, T, K)
    T v = ops.heads(parts.get(2), headWidth); // (B, H, T, K)
    Attention plain = attention(layer);
    T read =
        slopes.isEmpty()
            ? ops.attention(ops.rope(q, rope), ops.rope(k, rope), v, plain)
            : ops.attention(q, k, v, plain.biased(slopes(layer))); // (B, H, T, K)
    return ops.linear(ops.merge(read), output(layer)); // (B, T, H*K) -> (B, T, D)
  }

  @Override
  protected void attentionParameters(ParameterList all, int layer) {
    long queries = (long) queryHeads * headWidth;
    all.linear(fused(layer), 3 * queries, width).linear(output(layer), width, queries);
  }

  private Linear fused(int layer) {
    return new Linear(blockName(layer) + "self_attn.W_pack", false);
  }
}
