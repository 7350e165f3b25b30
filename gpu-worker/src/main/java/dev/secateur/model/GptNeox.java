package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.List;

/**
 * GPT-NeoX and Pythia (arXiv 2204.06745): attention and MLP side by side on the same residual
 * stream, rotary positions on a part of each head.
 */
final class GptNeox extends FusedDecoder {
  private static final String ROOT = "gpt_neox.";

  private final double eps;
  private final Rope rope;
  private final Activation activation;
  private final boolean parallel;
  private final boolean tied;

  GptNeox(ModelConfig config) {
    super(
        config,
        config.size("hidden_size"),
        config.size("num_hidden_layers"),
        config.dividedBy(
            config.size("hidden_size"), config.size("num_attention_heads"), "num_attention_heads"),
        "attention",
        config.flag("attention_bias", true),
        config.size("intermediate_size"));
    eps = config.positive("layer_norm_eps").orElse(1e-5);
    rope = RopeOptions.partial(config, headWidth, 0.25);
    activation = ActivationFunctions.of(config, "hidden_act", "gelu");
    parallel = config.flag("use_parallel_residual", true);
    tied = config.flag("tie_word_embeddings", false);
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    return ops.embedding(ids, ROOT + "embed_in");
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    T x = ops.layerNorm(residual, blockName(layer) + "input_layernorm", eps); // (B, T, D)
    Attention causal = Attention.causal(1 / Math.sqrt(headWidth));
    T read = attention(ops, x, layer, causal, head -> ops.rope(head, rope)); // (B, T, D)
    T attended = ops.add(residual, read); // (B, T, D)
    T seen = parallel ? residual : attended;
    T y = ops.layerNorm(seen, blockName(layer) + "post_attention_layernorm", eps); // (B, T, D)
    return ops.add(attended, mlp(ops, y, layer, activation)); // (B, T, D)
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
    blockParameters(all);
    all.layerNorm(ROOT + "final_layer_norm", width);
    return all.untied(tied, "embed_out", vocabulary, width).build();
  }

  @Override
  public int sameUpTo() {
    return rope.sameUpTo();
  }

  @Override
  public String blockName(int layer) {
    return ROOT + "layers." + layer + ".";
  }
}
