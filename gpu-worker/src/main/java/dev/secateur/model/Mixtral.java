package dev.secateur.model;

import dev.secateur.model.Ops.Attention;
import java.util.List;
import java.util.Optional;

/** Mixtral (arXiv 2401.04088): Mistral whose MLPs are experts, two of which compute a token. */
final class Mixtral extends LlamaLike {
  private final int window = SlidingWindow.size(config, 0);
  private final GatedExperts experts;

  Mixtral(ModelConfig config) {
    super(config, 0, 8, 1e-5);
    ExpertCounts counts =
        ExpertCounts.of(
            config,
            List.of("num_local_experts", "num_experts"),
            8,
            "num_experts_per_tok",
            2,
            layers,
            layer -> true);
    experts =
        new GatedExperts(counts, "block_sparse_moe", "w1", "w3", "w2", mlpWidth, true, activation);
  }

  @Override
  protected Rope rope(ModelConfig config) {
    return RopeOptions.whole(config, headWidth, 1e6);
  }

  @Override
  protected Attention attention(int layer) {
    return super.attention(layer).windowed(window);
  }

  @Override
  protected <T> T mlp(Ops<T> ops, T x, int layer) {
    return experts.of(ops, x, blockName(layer), layer);
  }

  @Override
  protected void mlpParameters(ParameterList all, int layer) {
    experts.parameters(all, blockName(layer), layer, width);
  }

  @Override
  public Optional<ExpertCounts> experts() {
    return Optional.of(experts.counts());
  }
}
