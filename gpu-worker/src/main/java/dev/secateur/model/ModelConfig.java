package dev.secateur.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.input.JsonFile;
import dev.secateur.protocol.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

/** A checkpoint's {@code config.json}: typed access whose errors name the file and the key. */
public final class ModelConfig {
  private final Path file;
  private final String within;
  private final JsonNode root;

  /**
   * @param within what stands before a key in errors: empty, or the object's own key and a dot
   */
  private ModelConfig(Path file, String within, JsonNode root) {
    this.file = file;
    this.within = within;
    this.root = root;
  }

  /**
   * @throws InputException when the file is missing, too large or not a JSON object
   */
  public static ModelConfig read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file + ": no such file; a checkpoint is a folder with a config.json");
    }
    return of(file, JsonFile.read(file, JsonFile.LARGEST_CONFIG));
  }

  /** A config that is already in memory; {@code file} is what errors call it. */
  public static ModelConfig of(Path file, JsonNode root) {
    if (!root.isObject()) {
      throw new InputException(file + ": not a JSON object");
    }
    return new ModelConfig(file, "", root);
  }

  /** The file, for errors. */
  public Path file() {
    return file;
  }

  /** The whole object. */
  public JsonNode json() {
    return root;
  }

  /** A positive whole number that must be there, under the first of the keys that is. */
  public int size(String key, String... otherKeys) {
    Optional<Integer> size = optionalSize(key);
    for (String other : otherKeys) {
      size = size.or(() -> optionalSize(other));
    }
    return size.orElseThrow(() -> error(key, "is missing"));
  }

  /** The longest text that the model was made for. */
  public int longestText() {
    return statedLongestText().orElse(2048);
  }

  /** The same, where the config says it. */
  public OptionalInt statedLongestText() {
    for (String key :
        List.of("max_position_embeddings", "n_positions", "max_sequence_length", "n_ctx")) {
      Optional<Integer> stated = optionalSize(key);
      if (stated.isPresent()) {
        return OptionalInt.of(stated.get());
      }
    }
    return OptionalInt.empty();
  }

  /** A width shared out among heads, which must divide it. */
  int dividedBy(int width, int heads, String key) {
    if (width % heads != 0) {
      throw error(key, "is " + heads + ", which does not divide the width " + width);
    }
    return width / heads;
  }

  /** A positive whole number, if it is there and not null. */
  public Optional<Integer> optionalSize(String key) {
    return value(key)
        .map(
            node -> {
              if (!node.canConvertToInt() || !node.isIntegralNumber() || node.asInt() < 1) {
                throw error(key, "is " + brief(node) + ", not a positive whole number");
              }
              return node.asInt();
            });
  }

  /** A number, if it is there and not null. */
  public Optional<Double> number(String key) {
    return value(key)
        .map(
            node -> {
              if (!node.isNumber() || !Double.isFinite(node.asDouble())) {
                throw error(key, "is " + brief(node) + ", not a finite number");
              }
              return node.asDouble();
            });
  }

  /** A number above zero, if it is there and not null. */
  public Optional<Double> positive(String key) {
    Optional<Double> number = number(key);
    number
        .filter(value -> value <= 0)
        .ifPresent(
            value -> {
              throw error(key, "is " + root.get(key) + ", not a number above 0");
            });
    return number;
  }

  /** A whole number of zero or more, if it is there and not null. */
  public Optional<Long> whole(String key) {
    return value(key)
        .map(
            node -> {
              if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < 0) {
                throw error(key, "is " + brief(node) + ", not a whole number of 0 or more");
              }
              return node.asLong();
            });
  }

  /** A string, if it is there and not null. */
  public Optional<String> text(String key) {
    return value(key)
        .map(
            node -> {
              if (!node.isTextual()) {
                throw error(key, "is " + brief(node) + ", not a string");
              }
              return node.asText();
            });
  }

  /** Texts, if they are there and not null. */
  public Optional<List<String>> texts(String key) {
    return value(key)
        .map(
            node -> {
              List<String> texts = new ArrayList<>();
              node.forEach(text -> texts.add(text.asText()));
              boolean all = node.isArray();
              for (JsonNode text : node) {
                all = all && text.isTextual();
              }
              if (!all) {
                throw error(key, "is " + brief(node) + ", not a list of strings");
              }
              return texts;
            });
  }

  /** Numbers above zero, if they are there and not null. */
  public Optional<List<Double>> positives(String key) {
    return value(key)
        .map(
            node -> {
              List<Double> numbers = new ArrayList<>();
              boolean all = node.isArray();
              for (JsonNode number : node) {
                numbers.add(number.asDouble());
                all = all && number.isNumber() && number.asDouble() > 0;
              }
              if (!all || !numbers.stream().allMatch(Double::isFinite)) {
                throw error(key, "is " + brief(node) + ", not a list of numbers above 0");
              }
              return List.copyOf(numbers);
            });
  }

  /**
   * A switch for each of this many layers, one or zero, of a list that may be longer.
   *
   * @param otherwise which are on, where the list is absent or null
   */
  public List<Integer> switches(String key, int count, IntPredicate otherwise) {
    List<Integer> switches = new ArrayList<>();
    Optional<JsonNode> stated = value(key);
    if (stated.isPresent() && (!stated.get().isArray() || stated.get().size() < count)) {
      throw error(
          key, "is " + brief(stated.get()) + ", not a list of " + count + " or more entries");
    }
    for (int i = 0; i < count; i++) {
      boolean on = stated.isPresent() ? isOn(stated.get().get(i), key) : otherwise.test(i);
      switches.add(on ? 1 : 0);
    }
    return List.copyOf(switches);
  }

  private boolean isOn(JsonNode entry, String key) {
    if (!entry.isBoolean() && !entry.isIntegralNumber()) {
      throw error(key, "has " + brief(entry) + "; an entry is 1 or 0");
    }
    return entry.asBoolean();
  }

  /** This config with another value for a key. */
  ModelConfig with(String key, JsonNode value) {
    ObjectNode json = root.deepCopy();
    return new ModelConfig(file, within, json.set(key, value));
  }

  /** Another object in this one's place. */
  ModelConfig replacedBy(ObjectNode json) {
    return new ModelConfig(file, within, json);
  }

  /** This config, and what only another states. */
  ModelConfig over(ModelConfig other) {
    ObjectNode json = other.root.deepCopy();
    return new ModelConfig(file, within, json.setAll((ObjectNode) root));
  }

  /** A number above zero; {@code otherwise} where it is absent, zero where it is null. */
  public double positiveOrNull(String key, double otherwise) {
    return root.has(key) ? positive(key).orElse(0.0) : otherwise;
  }

  /** A truth value, {@code otherwise} where it is absent or null. */
  public boolean flag(String key, boolean otherwise) {
    return value(key)
        .map(
            node -> {
              if (!node.isBoolean()) {
                throw error(key, "is " + brief(node) + ", not true or false");
              }
              return node.asBoolean();
            })
        .orElse(otherwise);
  }

  /**
   * Numbers that follow from the sizes of the unpruned model: as a pruned model's config states
   * them, else as they follow from this one's.
   */
  public double[] constants(String name, double[] otherwise) {
    JsonNode stated = root.path(PrunedDecoder.KEY).path("constants").path(name);
    if (stated.isMissingNode()) {
      return otherwise;
    }
    double[] values = new double[stated.size()];
    boolean fits = stated.isArray() && values.length > 0 && values.length <= otherwise.length;
    for (int i = 0; fits && i < values.length; i++) {
      values[i] = stated.get(i).asDouble();
      fits = stated.get(i).isNumber() && Double.isFinite(values[i]);
    }
    if (!fits) {
      throw error(
          PrunedDecoder.KEY + ".constants." + name,
          "is " + brief(stated) + ", not a list of at most " + otherwise.length + " numbers");
    }
    return values;
  }

  /** As {@link #constants}, of a single number. */
  public double constant(String name, double otherwise) {
    return constants(name, new double[] {otherwise})[0];
  }

  /** An object within, as a config of its own. */
  public Optional<ModelConfig> object(String key) {
    return value(key)
        .map(
            node -> {
              if (!node.isObject()) {
                throw error(key, "is " + brief(node) + ", not an object");
              }
              return new ModelConfig(file, within + key + ".", node);
            });
  }

  /** An error that names the file and the key. */
  public InputException error(String key, String problem) {
    return new InputException(
        file + ": '" + within + JsonFile.shown(key) + "' " + JsonFile.shown(problem));
  }

  private static String brief(JsonNode node) {
    String text = node.toString();
    return text.length() > 40 ? text.substring(0, 40) + "..." : text;
  }

  private Optional<JsonNode> value(String key) {
    return Optional.ofNullable(root.get(key)).filter(node -> !node.isNull());
  }
}
