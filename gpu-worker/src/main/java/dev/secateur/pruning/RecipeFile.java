package dev.secateur.pruning;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import dev.secateur.input.JsonFile;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads a recipe, key by key: each must have its type, unknown keys are refused, and each error
 * names the file and the key.
 */
final class RecipeFile {
  /** The largest recipe, in bytes. */
  private static final long LARGEST = 64L << 20;

  private static final ObjectMapper JSON =
      JsonFile.mapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false);

  /** The keys of a recipe; the last two are only what {@code prune --json} prints beside it. */
  private static final Set<String> KEYS =
      Set.of(
          "base",
          "strategy",
          "ratio",
          "criterion",
          "aggregation",
          "scope",
          "target",
          "steps",
          "groups",
          "parameters",
          "provenance",
          "units_removed",
          "note");

  private final Path file;
  private final boolean brief;

  private RecipeFile(Path file, boolean brief) {
    this.file = file;
    this.brief = brief;
  }

  /**
   * @throws InputException when the file is missing or not a recipe
   */
  static Recipe read(Path file) {
    return new RecipeFile(file, false).recipe(JsonFile.read(file, LARGEST, JSON));
  }

  /**
   * A recipe from elsewhere, which need not say by what criterion and aggregation, nor how many
   * parameters there are; it has zero of them then.
   *
   * @throws InputException when the file is missing or not a recipe
   */
  static Recipe readBrief(Path file) {
    return new RecipeFile(file, true).recipe(JsonFile.read(file, LARGEST, JSON));
  }

  private Recipe recipe(JsonNode root) {
    if (!root.isObject()) {
      throw new InputException(
          file
              + ": is "
              + (root.isMissingNode() ? "empty" : "not a JSON object")
              + ", not a recipe");
    }
    knows(root, "", KEYS);
    Strategy strategy = label(needed(root, "", "strategy"), "strategy", Strategy.values());
    BigDecimal ratio = ratio(needed(root, "", "ratio"));
    Criterion criterion =
        known(root, "criterion").map(this::criterion).orElse(Criterion.of("unknown"));
    Aggregation aggregation =
        known(root, "aggregation")
            .map(node -> label(node, "aggregation", Aggregation.values()))
            .orElse(Aggregation.SUM);
    return new Recipe(
        strings(root, "base"),
        strategy,
        ratio,
        criterion,
        aggregation,
        given(root, "scope").map(s -> label(s, "scope", Scope.values())).orElse(Scope.LOCAL),
        given(root, "target")
            .map(t -> label(t, "target", Target.values()))
            .orElse(Target.GROUP_RATIO),
        given(root, "steps").map(s -> (int) whole(s, "steps", 1, Integer.MAX_VALUE)).orElse(1),
        groups(needed(root, "", "groups")),
        known(root, "parameters").map(this::parameters).orElse(new Recipe.Parameters(0, 0)),
        strings(root, "provenance"));
  }

  private List<Recipe.Group> groups(JsonNode list) {
    if (!list.isArray()) {
      throw error("groups", list, "a list");
    }
    List<Recipe.Group> groups = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      Recipe.Group group = group(list.get(i), "groups[" + i + "]");
      if (!names.add(group.name())) {
        throw new InputException(
            file + ": 'groups[" + i + "].name' is '" + group.name() + "', which is listed twice");
      }
      groups.add(group);
    }
    return groups;
  }

  private Recipe.Group group(JsonNode node, String key) {
    if (!node.isObject()) {
      throw error(key, node, "an object");
    }
    knows(node, key + ".", Set.of("name", "units", "removed"));
    JsonNode name = needed(node, key + ".", "name");
    if (!name.isTextual()) {
      throw error(key + ".name", name, "a string");
    }
    int units = (int) whole(needed(node, key + ".", "units"), key + ".units", 1, Integer.MAX_VALUE);
    JsonNode removed = needed(node, key + ".", "removed");
    if (!removed.isArray()) {
      throw error(key + ".removed", removed, "a list");
    }
    TreeSet<Integer> gone = new TreeSet<>();
    for (int i = 0; i < removed.size(); i++) {
      String place = key + ".removed[" + i + "]";
      int unit = (int) whole(removed.get(i), place, 0, units - 1);
      if (!gone.add(unit)) {
        throw new InputException(file + ": '" + place + "' is " + unit + ", which is listed twice");
      }
    }
    return new Recipe.Group(name.asText(), units, List.copyOf(gone));
  }

  private Recipe.Parameters parameters(JsonNode node) {
    if (!node.isObject()) {
      throw error("parameters", node, "an object");
    }
    String key = "parameters.";
    knows(node, key, Set.of("before", "after"));
    long before = whole(needed(node, key, "before"), key + "before", 0, Long.MAX_VALUE);
    return new Recipe.Parameters(
        before, whole(needed(node, key, "after"), key + "after", 0, before));
  }

  private BigDecimal ratio(JsonNode node) {
    if (!node.isNumber()
        || node.decimalValue().signum() < 0
        || node.decimalValue().compareTo(BigDecimal.ONE) >= 0) {
      throw error("ratio", node, "a number between 0 and 1");
    }
    return node.decimalValue();
  }

  private long whole(JsonNode node, String key, long least, long most) {
    boolean fits =
        node.isIntegralNumber()
            && node.canConvertToLong()
            && node.asLong() >= least
            && node.asLong() <= most;
    if (!fits) {
      boolean open = most == Long.MAX_VALUE;
      throw error(
          key,
          node,
          "a whole number "
              + (open ? "of " + least + " or more" : "from " + least + " to " + most));
    }
    return node.asLong();
  }

  private Map<String, String> strings(JsonNode root, String key) {
    Map<String, String> strings = new TreeMap<>();
    given(root, key)
        .ifPresent(
            node -> {
              if (!node.isObject()) {
                throw error(key, node, "an object");
              }
              node.properties()
                  .forEach(
                      entry -> {
                        if (!entry.getValue().isTextual()) {
                          throw error(key + "." + entry.getKey(), entry.getValue(), "a string");
                        }
                        strings.put(entry.getKey(), entry.getValue().asText());
                      });
            });
    return strings;
  }

  /** One that is built in, or whatever else scores may be called by. */
  private Criterion criterion(JsonNode node) {
    return Optional.of(node)
        .filter(JsonNode::isTextual)
        .flatMap(text -> Criterion.parse(text.asText()))
        .orElseThrow(
            () ->
                error(
                    "criterion",
                    node,
                    "one of "
                        + Arrays.stream(Criterion.values())
                            .map(Labelled::label)
                            .collect(Collectors.joining(", "))
                        + ", nor a name that others may have"));
  }

  private <E extends Labelled> E label(JsonNode node, String key, E[] all) {
    return Arrays.stream(all)
        .filter(one -> node.isTextual() && one.label().equals(node.asText()))
        .findFirst()
        .orElseThrow(
            () ->
                error(
                    key,
                    node,
                    "one of "
                        + Arrays.stream(all)
                            .map(Labelled::label)
                            .collect(Collectors.joining(", "))));
  }

  /** What only a recipe from elsewhere may leave out. */
  private Optional<JsonNode> known(JsonNode root, String key) {
    return brief ? given(root, key) : Optional.of(needed(root, "", key));
  }

  private static Optional<JsonNode> given(JsonNode object, String key) {
    return Optional.ofNullable(object.get(key));
  }

  private JsonNode needed(JsonNode object, String within, String key) {
    return given(object, key)
        .orElseThrow(() -> new InputException(file + ": '" + within + key + "' is missing"));
  }

  private void knows(JsonNode object, String within, Set<String> keys) {
    object
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!keys.contains(key)) {
                throw new InputException(
                    file + ": '" + within + key + "' is not a key of a recipe");
              }
            });
  }

  private InputException error(String key, JsonNode found, String wanted) {
    String text = found.toString();
    String brief = text.length() > 40 ? text.substring(0, 40) + "..." : text;
    return new InputException(file + ": '" + key + "' is " + brief + ", not " + wanted);
  }
}
