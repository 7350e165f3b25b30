package dev.secateur.training;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.input.JsonFile;
import dev.secateur.protocol.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Reads {@code adapter_config.json} as PEFT 0.21 does: what is missing has PEFT's default, and what
 * would change numbers in a way that is not computed here is refused by name.
 */
final class AdapterConfigReader {
  private static final ObjectMapper JSON =
      JsonFile.mapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private final Path file;
  private final JsonNode root;

  private AdapterConfigReader(Path file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  /**
   * @throws InputException when the file is missing, is not a JSON object, has a key that is
   *     unknown, of the wrong type or not supported; with the file and the key
   */
  static AdapterConfig read(Path file) {
    return new AdapterConfigReader(file, json(file)).config();
  }

  private static JsonNode json(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file
              + ": no such file; a PEFT adapter is a folder with adapter_config.json and"
              + " adapter_model.safetensors");
    }
    JsonNode root = JsonFile.read(file, JsonFile.LARGEST_CONFIG, JSON);
    if (!root.isObject()) {
      throw new InputException(file + ": not a JSON object but " + AdapterKeys.shown(root));
    }
    return root;
  }

  private AdapterConfig config() {
    if (!root.path("peft_type").asText().equals("LORA")) {
      throw error(
          "peft_type",
          "is " + AdapterKeys.shown(root.path("peft_type")) + "; \"LORA\" is supported");
    }
    AdapterKeys.check(root, file);
    flag("fan_in_fan_out"); // follows from the layer, as in PEFT
    number("lora_dropout", 0); // only training drops anything
    AdapterConfig config =
        new AdapterConfig(
            file,
            rank("r", value("r", 8)),
            number("lora_alpha", 8),
            patterns("rank_pattern", this::rank),
            patterns("alpha_pattern", this::finite),
            flag("use_rslora"),
            flag("use_dora"),
            flag("lora_bias"),
            flag("ensure_weight_tying"),
            selection());
    if (config.hasBias() && config.hasMagnitudes()) {
      throw error("lora_bias", "is true, and so is 'use_dora'; PEFT has no such adapters");
    }
    return config;
  }

  private AdapterConfig.Selection selection() {
    JsonNode targets = root.path("target_modules");
    if (AdapterKeys.isOff(targets)) {
      throw error(
          "target_modules",
          "is "
              + AdapterKeys.shown(targets)
              + "; it must be a list of names, a regular expression or \"all-linear\"");
    }
    List<Integer> layers = new ArrayList<>();
    JsonNode asked = root.path("layers_to_transform");
    (asked.isArray() ? asked : List.of(asked)).forEach(layer -> addLayer(layer, layers));
    List<String> lists = texts("layers_pattern");
    if (targets.isTextual() && (!layers.isEmpty() || !lists.isEmpty())) {
      throw error(
          layers.isEmpty() ? "layers_pattern" : "layers_to_transform",
          "goes with a list of 'target_modules', which is " + AdapterKeys.shown(targets));
    }
    if (layers.isEmpty() && !lists.isEmpty()) {
      throw error("layers_pattern", "needs 'layers_to_transform', which is missing");
    }
    lists.forEach(name -> expression("layers_pattern", name));
    List<String> saved = texts("modules_to_save");
    saved.stream()
        .filter(name -> !name.matches("[\\w.]+"))
        .forEach(
            name -> {
              throw error("modules_to_save", "has '" + name + "', not the name of a module");
            });
    return new AdapterConfig.Selection(
        names("target_modules"),
        names("exclude_modules"),
        List.copyOf(layers),
        lists.stream().map(AdapterConfigReader::inJava).toList(),
        saved);
  }

  private void addLayer(JsonNode layer, List<Integer> layers) {
    if (layer.isMissingNode() || layer.isNull()) {
      return;
    }
    if (!layer.isIntegralNumber() || !layer.canConvertToInt()) {
      throw error(
          "layers_to_transform", "has " + AdapterKeys.shown(layer) + ", not a whole number");
    }
    layers.add(layer.asInt());
  }

  private ModuleNames names(String key) {
    JsonNode value = root.path(key);
    if (!value.isTextual()) {
      return new ModuleNames.Listed(texts(key));
    }
    boolean isTargets = key.equals("target_modules");
    return isTargets && value.asText().equalsIgnoreCase("all-linear")
        ? new ModuleNames.AllLinear()
        : new ModuleNames.Expression(expression(key, value.asText()));
  }

  /** A list of texts, or one text; empty where the key is missing. */
  private List<String> texts(String key) {
    JsonNode value = root.path(key);
    if (value.isMissingNode()
        || value.isNull()
        || value.asText("none").isEmpty() && value.isTextual()) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : value.isArray() ? value : List.of(value)) {
      if (!element.isTextual() || element.asText().isEmpty()) {
        throw error(
            key,
            (value.isArray() ? "has " : "is ")
                + AdapterKeys.shown(element)
                + ", not the name of a module");
      }
      texts.add(element.asText());
    }
    return List.copyOf(texts);
  }

  private <V> Map<String, V> patterns(String key, BiFunction<String, JsonNode, V> read) {
    JsonNode value = root.path(key);
    Map<String, V> patterns = new LinkedHashMap<>();
    if (value.isMissingNode() || value.isNull()) {
      return patterns;
    }
    if (!value.isObject()) {
      throw error(
          key, "is " + AdapterKeys.shown(value) + ", not an object from modules to numbers");
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      expression(key, entry.getKey());
      patterns.put(
          inJava(entry.getKey()), read.apply(key + "." + entry.getKey(), entry.getValue()));
    }
    return patterns;
  }

  private Pattern expression(String key, String text) {
    try {
      return Pattern.compile(inJava(text));
    } catch (PatternSyntaxException e) {
      throw error(key, "has '" + text + "', not a regular expression: " + e.getDescription());
    }
  }

  /** Python's regular expression, as Java writes it. */
  private static String inJava(String python) {
    return python
        .replace("(?P<", "(?<")
        .replaceAll("\\(\\?P=(\\w+)\\)", "\\\\k<$1>")
        .replace("\\Z", "\\z");
  }

  private JsonNode value(String key, int otherwise) {
    JsonNode value = root.path(key);
    return value.isMissingNode() ? JSON.getNodeFactory().numberNode(otherwise) : value;
  }

  private int rank(String key, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1) {
      throw error(key, "is " + AdapterKeys.shown(value) + ", not a positive whole number");
    }
    return value.asInt();
  }

  private double number(String key, int otherwise) {
    return finite(key, value(key, otherwise));
  }

  private double finite(String key, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
      throw error(key, "is " + AdapterKeys.shown(value) + ", not a number");
    }
    return value.asDouble();
  }

  private boolean flag(String key) {
    JsonNode value = root.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return false;
    }
    if (!value.isBoolean()) {
      throw error(key, "is " + AdapterKeys.shown(value) + ", not true or false");
    }
    return value.asBoolean();
  }

  private InputException error(String key, String problem) {
    return new InputException(file + ": '" + key + "' " + problem);
  }
}
