package dev.secateur.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The text model within a model of text and images, whose config has it under {@code text_config}.
 * For text alone the complete model computes what its text model does, so it is read as that. The
 * image parts are left out, also in written checkpoints.
 *
 * @param wrapper the {@code model_type} of the complete model
 * @param config of the text model, with the relevant keys of the complete one
 */
public record TextModel(String wrapper, ModelConfig config) {
  private static final String TEXT = "text_config";
  private static final String TYPE = "model_type";
  private static final String TIED = "tie_word_embeddings";

  /**
   * What a wrapper says where its config does not.
   *
   * @param text the {@code model_type} of its text model
   * @param tied whether the output layer is the embedding
   */
  private record Defaults(String text, boolean tied) {}

  private static final Map<String, Defaults> WRAPPERS =
      new TreeMap<>(
          Map.of(
              "gemma3", new Defaults("gemma3_text", true),
              "internvl", new Defaults("qwen2", true),
              "llava", new Defaults("llama", false),
              "llava_next", new Defaults("llama", false),
              "mistral3", new Defaults("mistral", true)));

  /** The text models whose output layer is the embedding where their config does not say. */
  private static final Set<String> TIED_BY_DEFAULT = Set.of("gemma3_text");

  /** The classes of transformers that text models alone are of. */
  private static final Map<String, String> CLASSES =
      Map.of(
          "gemma3_text", "Gemma3ForCausalLM",
          "llama", "LlamaForCausalLM",
          "mistral", "MistralForCausalLM",
          "qwen2", "Qwen2ForCausalLM",
          "qwen3", "Qwen3ForCausalLM");

  /** What counts of the whole's config where the text model's does not say. */
  private static final List<String> SHARED =
      List.of(
          "bos_token_id",
          "eos_token_id",
          "pad_token_id",
          "dtype",
          "torch_dtype",
          "quantization_config");

  /**
   * The text model that a config has within; absent where the config is that of a text model.
   *
   * @throws dev.secateur.protocol.InputException when there is none, or none of the kind
   */
  public static Optional<TextModel> of(ModelConfig config) {
    return config
        .text(TYPE)
        .filter(WRAPPERS::containsKey)
        .map(wrapper -> new TextModel(wrapper, within(config, WRAPPERS.get(wrapper))));
  }

  /** The config of the text model: the config itself, or the one within. */
  public static ModelConfig configOf(ModelConfig config) {
    return of(config).map(TextModel::config).orElse(config);
  }

  /** The wrappers that are known. */
  static String known() {
    return String.join(", ", WRAPPERS.keySet());
  }

  private static ModelConfig within(ModelConfig config, Defaults defaults) {
    ModelConfig text =
        config
            .object(TEXT)
            .orElseThrow(() -> config.error(TEXT, "is missing; it describes the text model"));
    String type = text.text(TYPE).orElse(defaults.text());
    if (!CLASSES.containsKey(type)) {
      throw text.error(
          TYPE,
          "is '"
              + type
              + "'; text models that are read out of their wrapper are "
              + String.join(", ", new TreeSet<>(CLASSES.keySet())));
    }
    ObjectNode json = text.json().deepCopy();
    json.put(TYPE, type);
    json.putArray("architectures").add(CLASSES.get(type));
    boolean tied =
        text.flag(TIED, TIED_BY_DEFAULT.contains(type))
            && config.text(TYPE).filter("llava"::equals).isPresent();
    json.put(TIED, config.flag(TIED, defaults.tied()) || tied);
    for (String key : SHARED) {
      if (!text.json().hasNonNull(key) && config.json().hasNonNull(key)) {
        json.set(key, config.json().get(key));
      }
    }
    return ClassSizes.completed(text.replacedBy(json), type);
  }

  /**
   * What a parameter of the text model can be called in the whole's checkpoint, as transformers
   * writes it and as older versions did.
   */
  public static List<String> names(String parameter) {
    String below = parameter.substring(parameter.indexOf('.') + 1);
    return parameter.startsWith("model.")
        ? List.of("language_model." + parameter, "model.language_model." + below, parameter)
        : List.of("language_model." + parameter, parameter);
  }

  /** Says what is read, as a line. */
  public String line() {
    return "'"
        + wrapper
        + "' is read as its text model, '"
        + config.text(TYPE).orElseThrow()
        + "'; its vision parts are left out";
  }
}
