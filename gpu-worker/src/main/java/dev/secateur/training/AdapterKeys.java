package dev.secateur.training;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** The keys of an {@code adapter_config.json} of PEFT 0.21, and which of them are supported. */
final class AdapterKeys {
  /** What {@link AdapterConfigReader} reads. */
  private static final Set<String> READ =
      Set.of(
          "peft_type",
          "r",
          "lora_alpha",
          "lora_dropout",
          "rank_pattern",
          "alpha_pattern",
          "target_modules",
          "exclude_modules",
          "layers_to_transform",
          "layers_pattern",
          "modules_to_save",
          "use_rslora",
          "use_dora",
          "lora_bias",
          "ensure_weight_tying",
          "fan_in_fan_out",
          "bias",
          "init_lora_weights");

  /** What changes no number of a trained adapter. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "auto_mapping",
          "base_model_name_or_path",
          "corda_config",
          "eva_config",
          "inference_mode",
          "loftq_config",
          "lora_ga_config",
          "megatron_core",
          "peft_version",
          "qalora_group_size",
          "revision",
          "runtime_config",
          "task_type");

  /** What computes something else where it is neither absent, null, false nor empty. */
  private static final Set<String> UNSUPPORTED =
      Set.of(
          "alora_invocation_tokens",
          "arrow_config",
          "enable_lora",
          "kasa_config",
          "layer_replication",
          "megatron_config",
          "merge_weights",
          "monteclora_config",
          "target_parameters",
          "trainable_token_indices",
          "use_bdlora",
          "use_qalora",
          "velora_config");

  /** Initialisations that leave the base's weights as they are; others change them as well. */
  private static final Set<String> INITIALISATIONS =
      Set.of("gaussian", "eva", "orthogonal", "mica");

  private AdapterKeys() {}

  /**
   * @throws InputException with the file and the key, when a key is unknown or has a value that is
   *     not supported
   */
  static void check(JsonNode root, Path file) {
    root.fieldNames().forEachRemaining(key -> check(key, root.get(key), file));
    if (!root.path("bias").asText("none").equals("none")) {
      throw error(file, "bias", "is " + shown(root.path("bias")) + "; \"none\" is supported");
    }
    JsonNode initialisation = root.path("init_lora_weights");
    boolean isPlain = initialisation.isBoolean() || isOff(initialisation);
    if (!isPlain && !INITIALISATIONS.contains(initialisation.asText())) {
      throw error(
          file,
          "init_lora_weights",
          "is "
              + shown(initialisation)
              + ", which changes the base's weights as well; save the adapter as a plain one"
              + " (path_initial_model_for_weight_conversion)");
    }
  }

  private static void check(String key, JsonNode value, Path file) {
    if (READ.contains(key) || WITHOUT_EFFECT.contains(key)) {
      return;
    }
    if (!UNSUPPORTED.contains(key)) {
      Set<String> known = new TreeSet<>(READ);
      known.addAll(WITHOUT_EFFECT);
      known.addAll(UNSUPPORTED);
      throw error(
          file,
          key,
          "is unknown, and may change what the adapter computes; known are the keys of PEFT 0.21"
              + Suggestion.of(key, known));
    }
    if (!isOff(value)) {
      throw error(file, key, "is " + shown(value) + ", which is not supported");
    }
  }

  /** Whether a value requests nothing: absent, null, false or empty. */
  static boolean isOff(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || value.isBoolean() && !value.asBoolean()
        || value.isContainerNode() && value.isEmpty();
  }

  /** A value as an error shows it. */
  static String shown(JsonNode value) {
    String text = value.isMissingNode() ? "missing" : value.toString();
    return text.length() > 60 ? text.substring(0, 57) + "..." : text;
  }

  private static InputException error(Path file, String key, String problem) {
    return new InputException(file + ": '" + key + "' " + problem);
  }
}
