package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import java.util.List;
import java.util.Map;

/**
 * Gemma 2 (arXiv 2408.00118): norms before and after attention and MLP, whose weights are stored
 * less one; scores and logits bounded; every other block sees a sliding window; the embedding is
 * scaled with the square root of its width, which stays the base's when channels are pruned.
 */
class Gemma2 extends LlamaLike {
  private static final String SCALE = "model.embed_scale";

  private final int window = SlidingWindow.size(config, 4096);
  private final boolean attentionBias = config.flag("attention_bias", false);
  private final List<String> layerTypes;
  private final double attentionScale;
  private final double attentionCap;
  private final double finalCap;
  private final double embedScale;

  Gemma2(ModelConfig config) {
    this(config, 2, 50, 30);
  }

  /**
   * A family that differs.
   *
   * @param fullEvery the number of blocks the last of which sees everything, where the config does
   *     not list them
   * @param attentionCap of scores, where the config does not say; 0 for none
   * @param finalCap of logits, where the config does not say; 0 for none
   */
  protected Gemma2(ModelConfig config, int fullEvery, double attentionCap, double finalCap) {
    super(config, 256, 4, 1e-6);
    layerTypes = SlidingWindow.layerTypes(config, layers, layer -> (layer + 1) % fullEvery != 0);
    attentionScale = 1 / Math.sqrt(config.positive("query_pre_attn_scalar").orElse(256.0));
    this.attentionCap = config.positiveOrNull("attn_logit_softcapping", attentionCap);
    this.finalCap = config.positiveOrNull("final_logit_softcapping", finalCap);
    embedScale = config.constant(SCALE, Math.sqrt(width));
  }

  @Override
  protected Activation activation(ModelConfig config) {
    return ActivationFunctions.of(
        config,
        config.text("hidden_activation").isPresent() ? "hidden_activation" : "hidden_act",
        "gelu_pytorch_tanh");
  }

  @Override
  protected boolean tiedByDefault() {
    return true;
  }

  @Override
  protected boolean attentionBias() {
    return attentionBias;
  }

  @Override
  protected boolean outputBias() {
    return attentionBias();
  }

  @Override
  public Map<String, double[]> constants() {
    return Map.of(SCALE, new double[] {embedScale});
  }

  @Override
  public List<String> layerTypes() {
    return layerTypes;
  }

  /** Whether a block sees a sliding window only. */
  protected boolean slides(int layer) {
    return layerTypes.get(layer).equals(SlidingWindow.SLIDING);
  }

  @Override
  protected Attention attention(int layer) {
    return Attention.causal(attentionScale)
        .windowed(slides(layer) ? window : 0)
        .capped(attentionCap);
  }

  @Override
  protected <T> T norm(Ops<T> ops, T x, String name) {
    return ops.rmsNorm(x, name, eps, 1);
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    return ops.scale(ops.embedding(ids, "model.embed_tokens"), embedScale); // (B, T, D)
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    String block = blockName(layer);
    T x = norm(ops, residual, block + "input_layernorm"); // (B, T, D)
    T read = norm(ops, attention(ops, x, layer), block + "post_attention_layernorm");
    T attended = ops.add(residual, read); // (B, T, D)
    T y = norm(ops, attended, block + "pre_feedforward_layernorm"); // (B, T, D)
    T written = norm(ops, mlp(ops, y, layer), block + "post_feedforward_layernorm");
    return ops.add(attended, written); // (B, T, D)
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    T logits = super.head(ops, residual); // (B, T, V)
    return finalCap == 0 ? logits : ops.softcap(logits, finalCap);
  }

  @Override
  protected void mlpParameters(ParameterList all, int layer) {
    all.weight(blockName(layer) + "pre_feedforward_layernorm", width);
    super.mlpParameters(all, layer);
    all.weight(blockName(layer) + "post_feedforward_layernorm", width);
  }
}
