package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Rope.Positions;
import java.util.List;

/**
 * ChatGLM-6B (arXiv 2103.10360): tokens before the begin-of-sequence token see each other, each
 * half of a head turns with a position of its own, and the residual stream is the normed input,
 * scaled.
 */
final class ChatGlm extends FusedDecoder {
  private static final String ROOT = "transformer.";

  /** The published code scales for 28 layers, however many a model has. */
  private static final double RESIDUAL_SCALE = Math.sqrt(2 * 28);

  private final double eps;
  private final Attention attention;
  private final Rope context;
  private final Rope generated;

  ChatGlm(ModelConfig config) {
    super(
        supported(config),
        config.size("hidden_size"),
        config.size("num_layers", "num_hidden_layers"),
        config.dividedBy(
            config.size("hidden_size"), config.size("num_attention_heads"), "num_attention_heads"),
        "attention",
        true,
        config.optionalSize("inner_hidden_size").orElse(4 * config.size("hidden_size")));
    eps = config.positive("layernorm_epsilon").orElse(1e-5);
    long start = config.whole("bos_token_id").orElse(130004L);
    long mask = config.whole("gmask_token_id").orElse(130001L);
    long otherMask = config.whole("mask_token_id").orElse(130000L);
    attention = Attention.causal(1 / Math.sqrt(headWidth)).seeingPrefix(start);
    context = rope(new Positions.Context(start, mask, otherMask));
    generated = rope(new Positions.Generated(start));
  }

  @Override
  public boolean hasStockClass() {
    return false;
  }

  private static ModelConfig supported(ModelConfig config) {
    if (config.number("ffn_hidden_size").isPresent()) {
      throw config.error("ffn_hidden_size", "marks ChatGLM 2 or later, another architecture");
    }
    if (!config.flag("position_encoding_2d", true)) {
      throw config.error("position_encoding_2d", "is false; only two-dimensional is supported");
    }
    return config;
  }

  private Rope rope(Positions positions) {
    return new Rope(10000, headWidth / 2, new Rope.Scaling.None(), positions);
  }

  @Override
  public boolean isCausal() {
    return false;
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    return ops.embedding(ids, ROOT + "word_embeddings");
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    T x = ops.layerNorm(residual, blockName(layer) + "input_layernorm", eps); // (B, T, D)
    T read = attention(ops, x, layer, attention, head -> rotate(ops, head)); // (B, T, D)
    T attended = ops.add(ops.scale(x, RESIDUAL_SCALE), read); // (B, T, D)
    T y = ops.layerNorm(attended, blockName(layer) + "post_attention_layernorm", eps);
    T written = mlp(ops, y, layer, Activation.GELU_TANH); // (B, T, D)
    return ops.add(ops.scale(y, RESIDUAL_SCALE), written); // (B, T, D)
  }

  /** Each half of a head turns with a position of its own: (B, H, T, K). */
  private <T> T rotate(Ops<T> ops, T head) {
    List<T> halves = ops.split(head, 1, 1); // 2 x (B, H, T, K/2)
    return ops.join(ops.rope(halves.get(0), context), ops.rope(halves.get(1), generated));
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    T x = ops.layerNorm(residual, ROOT + "final_layernorm", eps); // (B, T, D)
    return ops.linear(x, new Linear("lm_head", false)); // (B, T, V)
  }

  @Override
  public List<ParameterShape> parameters() {
    ParameterList all = new ParameterList();
    all.weight(ROOT + "word_embeddings", vocabulary, width);
    blockParameters(all);
    all.layerNorm(ROOT + "final_layernorm", width).weight("lm_head", vocabulary, width);
    return all.build();
  }

  @Override
  public String blockName(int layer) {
    return ROOT + "layers." + layer + ".";
  }
}
