package dev.secateur.model;

import dev.secateur.protocol.InputException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** The model families that Secateur knows, by the {@code model_type} of their config. */
public final class Families {
  private static final Map<String, Function<ModelConfig, Decoder>> BY_TYPE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("baichuan", Baichuan::new),
              Map.entry("bloom", Bloom::new),
              Map.entry("chatglm", ChatGlm::new),
              Map.entry("gemma2", Gemma2::new),
              Map.entry("gemma3_text", Gemma3::new),
              Map.entry("gpt2", Gpt2::new),
              Map.entry("gpt_neox", GptNeox::new),
              Map.entry("gpt_oss", GptOss::new),
              Map.entry("granite", Granite::new),
              Map.entry("llama", Llama::new),
              Map.entry("mistral", Mistral::new),
              Map.entry("mixtral", Mixtral::new),
              Map.entry("olmo2", Olmo2::new),
              Map.entry("olmoe", Olmoe::new),
              Map.entry("opt", Opt::new),
              Map.entry("phi3", Phi3::new),
              Map.entry("qwen2", Qwen2::new),
              Map.entry("qwen3", Qwen3::new),
              Map.entry("qwen3_moe", Qwen3Moe::new),
              Map.entry("smollm3", SmolLm3::new)));

  private static final List<String> EXPERTS =
      List.of("num_local_experts", "num_experts", "n_routed_experts", "moe_intermediate_size");

  /** The families whose experts are known. */
  private static final Set<String> OF_EXPERTS = Set.of("gpt_oss", "mixtral", "olmoe", "qwen3_moe");

  private Families() {}

  /**
   * The decoder that a config describes; of one with images its text model ({@link TextModel}).
   *
   * @throws InputException when the family or one of its options is not supported, before any
   *     weight is read
   */
  public static Decoder of(ModelConfig stated) {
    ModelConfig config = TextModel.configOf(stated);
    String type =
        config
            .text("model_type")
            .orElseThrow(() -> config.error("model_type", "is missing; known are " + known()));
    Function<ModelConfig, Decoder> family = BY_TYPE.get(type);
    if (family == null) {
      throw config.error(
          "model_type",
          "is '"
              + type
              + "', an unknown family; known are "
              + known()
              + ", and the text models of "
              + TextModel.known());
    }
    refuseUnsupported(config, OF_EXPERTS.contains(type));
    ModelLimits.checkSizes(config);
    Decoder decoder = family.apply(config);
    ModelLimits.checkParameters(decoder);
    return PrunedDecoder.ifPruned(decoder);
  }

  private static void refuseUnsupported(ModelConfig config, boolean ofExperts) {
    for (String key : EXPERTS) {
      if (!ofExperts && config.whole(key).orElse(0L) > 1) {
        throw config.error(
            key, "requires a mixture of experts, which is not supported for this family");
      }
    }
    config
        .object("quantization_config")
        .flatMap(quantised -> quantised.text("quant_method"))
        .filter("mxfp4"::equals)
        .ifPresent(
            method -> {
              throw config.error(
                  "quantization_config",
                  "says that the experts are stored as MXFP4; convert the checkpoint to"
                      + " bfloat16 with transformers: Mxfp4Config(dequantize=True) and"
                      + " save_pretrained");
            });
    if (config.object("quantization_config").isPresent()
        || config.whole("quantization_bit").orElse(0L) > 0) {
      throw config.error(
          config.object("quantization_config").isPresent()
              ? "quantization_config"
              : "quantization_bit",
          "says that the weights are quantised; use the unquantised checkpoint");
    }
  }

  private static String known() {
    return String.join(", ", BY_TYPE.keySet());
  }
}
