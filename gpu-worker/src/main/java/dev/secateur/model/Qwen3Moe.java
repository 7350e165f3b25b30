package dev.secateur.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.model.Ops.Attention;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Qwen 3 with experts (arXiv 2505.09388): some blocks may have a plain MLP, as {@code
 * decoder_sparse_step} and {@code mlp_only_layers} say.
 */
final class Qwen3Moe extends Qwen3 {
  private static final String STEP = "decoder_sparse_step";
  private static final String DENSE = "mlp_only_layers";

  private final int window;
  private final GatedExperts experts;

  Qwen3Moe(ModelConfig config) {
    super(config, 0, 4);
    boolean slides = config.flag("use_sliding_window", false);
    window = slides ? SlidingWindow.size(config, 4096) : 0;
    int step = config.optionalSize(STEP).orElse(1);
    Set<Integer> dense = dense(config);
    ExpertCounts counts =
        ExpertCounts.of(
            config,
            List.of("num_experts", "num_local_experts"),
            128,
            "num_experts_per_tok",
            8,
            layers,
            layer -> !dense.contains(layer) && (layer + 1) % step == 0);
    experts =
        new GatedExperts(
            counts,
            "mlp",
            "gate_proj",
            "up_proj",
            "down_proj",
            config.optionalSize("moe_intermediate_size").orElse(768),
            config.flag("norm_topk_prob", false),
            activation);
  }

  private static Set<Integer> dense(ModelConfig config) {
    Set<Integer> dense = new TreeSet<>();
    JsonNode stated = config.json().path(DENSE);
    if (!stated.isArray() && !stated.isNull() && !stated.isMissingNode()) {
      throw config.error(DENSE, "is " + stated + ", not a list of blocks");
    }
    for (JsonNode layer : stated) {
      if (!layer.isIntegralNumber()) {
        throw config.error(DENSE, "has " + layer + ", which is not the number of a block");
      }
      dense.add(layer.asInt());
    }
    return dense;
  }

  /** All blocks slide, or none. */
  @Override
  public List<String> layerTypes() {
    return List.of();
  }

  @Override
  protected Attention attention(int layer) {
    return Attention.causal(1 / Math.sqrt(headWidth)).windowed(window);
  }

  @Override
  public Map<String, ?> optionsOf(List<Integer> blocks) {
    Map<String, Object> options = new LinkedHashMap<>(super.optionsOf(blocks));
    List<Integer> dense = new ArrayList<>();
    IntStream.range(0, blocks.size())
        .filter(block -> experts.counts().of(blocks.get(block)) == 0)
        .forEach(dense::add);
    options.put(DENSE, dense);
    options.put(STEP, 1);
    return options;
  }

  @Override
  protected <T> T mlp(Ops<T> ops, T x, int layer) {
    return experts.counts().of(layer) == 0
        ? super.mlp(ops, x, layer)
        : experts.of(ops, x, blockName(layer), layer);
  }

  @Override
  protected void mlpParameters(ParameterList all, int layer) {
    if (experts.counts().of(layer) == 0) {
      super.mlpParameters(all, layer);
    } else {
      experts.parameters(all, blockName(layer), layer, width);
    }
  }

  @Override
  public Optional<ExpertCounts> experts() {
    return Optional.of(experts.counts());
  }
}
