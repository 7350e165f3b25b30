package dev.secateur.model;

import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.List;

/**
 * Phi 3 to 4 mini (arXiv 2404.14219, 2503.01743): LLaMA with queries, keys and values, and gate and
 * up, fused; rotary positions may leave channels of a head as they are, and may be of the kind that
 * differs in long texts.
 */
final class Phi3 extends LlamaLike {
  private final int window = SlidingWindow.size(config, 0);

  Phi3(ModelConfig config) {
    super(config, 0, 0, 1e-5);
  }

  @Override
  protected Rope rope(ModelConfig config) {
    return RopeOptions.phi3(config, headWidth);
  }

  @Override
  protected Attention attention(int layer) {
    return super.attention(layer).windowed(window);
  }

  @Override
  protected <T> T attention(Ops<T> ops, T x, int layer) {
    int queriesPerKey = queryHeads / keyHeads;
    List<T> parts = ops.split(ops.linear(x, fused(layer)), queriesPerKey, 1, 1);
    T q = ops.heads(parts.get(0), headWidth); // (B, H, T, K)
    T k = ops.heads(parts.get(1), headWidth); // (B, G, T, K)
    T v = ops.heads(parts.get(2), headWidth); // (B, G, T, K)
    return attended(ops, q, k, v, layer);
  }

  @Override
  protected <T> T mlp(Ops<T> ops, T x, int layer) {
    List<T> parts = ops.split(ops.linear(x, mlpLayer(layer, "gate_up")), 1, 1); // 2 x (B, T, F)
    T gate = ops.activation(parts.get(0), activation);
    return ops.linear(ops.mul(gate, parts.get(1)), mlpLayer(layer, "down")); // (B, T, D)
  }

  @Override
  protected void attentionParameters(ParameterList all, int layer) {
    long queries = (long) queryHeads * headWidth;
    long keys = (long) keyHeads * headWidth;
    all.linear(fused(layer), queries + 2 * keys, width).linear(output(layer), width, queries);
  }

  @Override
  protected void mlpParameters(ParameterList all, int layer) {
    all.linear(mlpLayer(layer, "gate_up"), 2L * mlpWidth, width)
        .linear(mlpLayer(layer, "down"), width, mlpWidth);
  }

  private Linear fused(int layer) {
    return new Linear(blockName(layer) + "self_attn.qkv_proj", false);
  }
}
