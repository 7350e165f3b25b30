package dev.secateur.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Ops.Mixture;
import dev.secateur.model.Ops.Stacked;
import java.util.List;
import java.util.Optional;

/**
 * gpt-oss (arXiv 2508.10925): experts with biases and clamped gates, which all lie in one
 * parameter, gate and up in turn; attention with a sink to each head, through a sliding window in
 * every other block.
 */
final class GptOss extends LlamaLike {
  /** What gates and channels are clamped to, in all checkpoints. */
  private static final double LIMIT = 7;

  private final int window = SlidingWindow.size(config, 128);
  private final boolean attentionBias = config.flag("attention_bias", true);
  private final List<String> layerTypes;
  private final ExpertCounts counts;

  GptOss(ModelConfig config) {
    super(config, 64, 8, 1e-5);
    layerTypes = SlidingWindow.layerTypes(config, layers, layer -> layer % 2 == 0);
    double limit = config.positive("swiglu_limit").orElse(LIMIT);
    if (limit != LIMIT) {
      throw config.error("swiglu_limit", "is " + limit + "; transformers' class clamps to 7");
    }
    counts =
        ExpertCounts.of(
            config,
            List.of("num_local_experts", "num_experts"),
            128,
            "num_experts_per_tok",
            4,
            layers,
            layer -> true);
  }

  /** Yarn of the published checkpoints where the config does not speak of it. */
  @Override
  protected Rope rope(ModelConfig config) {
    if (config.object("rope_parameters").isPresent() || config.object("rope_scaling").isPresent()) {
      return RopeOptions.whole(config, headWidth, 150_000);
    }
    ObjectNode yarn = config.json().deepCopy();
    yarn.putObject("rope_scaling")
        .put("rope_type", "yarn")
        .put("factor", 32.0)
        .put("beta_fast", 32.0)
        .put("beta_slow", 1.0)
        .put("truncate", false)
        .put("original_max_position_embeddings", 4096);
    return RopeOptions.whole(config.replacedBy(yarn), headWidth, 150_000);
  }

  @Override
  protected boolean attentionBias() {
    return attentionBias;
  }

  @Override
  protected boolean outputBias() {
    return attentionBias;
  }

  @Override
  public List<String> layerTypes() {
    return layerTypes;
  }

  @Override
  protected Attention attention(int layer) {
    boolean slides = layerTypes.get(layer).equals(SlidingWindow.SLIDING);
    return super.attention(layer).windowed(slides ? window : 0).sinking(sinks(layer));
  }

  private String sinks(int layer) {
    return blockName(layer) + "self_attn.sinks";
  }

  @Override
  protected void attentionParameters(ParameterList all, int layer) {
    super.attentionParameters(all, layer);
    all.named(sinks(layer), queryHeads);
  }

  @Override
  protected <T> T mlp(Ops<T> ops, T x, int layer) {
    Linear router = router(layer);
    T logits = ops.linear(x, router); // (B, T, E)
    Mixture mixture = new Mixture(layer, router.name(), counts.perToken(), true);
    return ops.mixture(x, logits, mixture, (expert, y) -> one(ops, y, layer, expert));
  }

  private <T> T one(Ops<T> ops, T x, int layer, int expert) {
    List<T> both = ops.alternating(ops.stacked(x, stack(layer, "gate_up_proj"), expert)); // (N, F)
    T gate = ops.clamp(both.get(0), Double.NEGATIVE_INFINITY, LIMIT);
    T up = ops.clamp(both.get(1), -LIMIT, LIMIT);
    T opened = ops.activation(gate, Activation.GELU_SIGMOID);
    T read = ops.add(ops.mul(up, opened), opened); // (up + 1) * opened
    return ops.stacked(read, stack(layer, "down_proj"), expert); // (N, D)
  }

  @Override
  protected void mlpParameters(ParameterList all, int layer) {
    all.linear(router(layer), counts.of(layer), width)
        .stacked(stack(layer, "gate_up_proj"), counts.of(layer), width, 2L * mlpWidth)
        .stacked(stack(layer, "down_proj"), counts.of(layer), mlpWidth, width);
  }

  private Linear router(int layer) {
    return new Linear(blockName(layer) + "mlp.router", true);
  }

  private Stacked stack(int layer, String part) {
    return new Stacked(blockName(layer) + "mlp.experts." + part);
  }

  @Override
  public Optional<ExpertCounts> experts() {
    return Optional.of(counts);
  }
}
