package dev.secateur.gguf;

import dev.secateur.checkpoint.BlockSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.ExpertCounts;
import dev.secateur.model.Ops.Mixture;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The GGUF metadata of a model's experts. */
final class Mixtures {
  /** Whether the weights of a token's experts add up to one, by the graphs that have experts. */
  private static final Map<String, Boolean> NORMALISED =
      Map.of("llama", true, "qwen3moe", true, "olmoe", false, "gpt-oss", true);

  private static final Set<List<Double>> CLAMPS_OF_GPT_OSS =
      Set.of(List.of(Double.NEGATIVE_INFINITY, 7.0), List.of(-7.0, 7.0));

  private final Architecture architecture;
  private final BlockSizes blocks;
  private final Decoder decoder;

  /**
   * @throws dev.secateur.protocol.InputException when llama.cpp's graph has no such experts
   */
  Mixtures(Decoder decoder, BlockSizes blocks, Architecture architecture, Traits traits) {
    this.architecture = architecture;
    this.blocks = blocks;
    this.decoder = decoder;
    boolean isGptOss = architecture.name().equals("gpt-oss");
    architecture.require(
        traits.clamps().equals(isGptOss ? CLAMPS_OF_GPT_OSS : Set.of()),
        "it clamps to " + traits.clamps());
    decoder.experts().ifPresent(of -> check(of, traits));
  }

  private void check(ExpertCounts counts, Traits traits) {
    for (int layer = 0; layer < counts.inBlocks().size(); layer++) {
      architecture.require(
          counts.of(layer) > 0,
          "every block of the graph has experts, and here block " + layer + " has a plain MLP");
    }
    boolean normalised = NORMALISED.get(architecture.name());
    for (Mixture mixture : traits.mixtures()) {
      architecture.require(
          mixture.normalised() == normalised,
          "the weights of a token's experts "
              + (normalised ? "don't " : "")
              + "add up to one (norm_topk_prob)");
    }
  }

  /** The channels of MLPs, of each block or of all experts. */
  List<Long> widths() {
    return decoder.experts().isEmpty() ? blocks.mlpWidths() : List.of(width());
  }

  private long width() {
    return blocks.experts().get(0).widths().iterator().next();
  }

  void state(GgufMetadata metadata) {
    decoder
        .experts()
        .ifPresent(
            of -> {
              String name = architecture.name();
              metadata.number(name + ".expert_count", of.of(0));
              metadata.number(name + ".expert_used_count", of.perToken());
              metadata.number(name + ".expert_feed_forward_length", width());
            });
  }
}
