package dev.secateur.pruning;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.secateur.input.JsonFile;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What to remove from which base checkpoint: the whole result of pruning.
 *
 * @param base SHA-256 of the base checkpoint's files, by name
 * @param groups every structure that was eligible, with nothing removed where nothing goes
 * @param provenance who made it: versions, seeds, calibration
 */
public record Recipe(
    Map<String, String> base,
    Strategy strategy,
    BigDecimal ratio,
    Criterion criterion,
    Aggregation aggregation,
    Scope scope,
    Target target,
    int steps,
    List<Group> groups,
    Parameters parameters,
    Map<String, String> provenance) {

  /** The largest recipe, in bytes. */
  private static final long LARGEST = 64L << 20;

  private static final ObjectMapper JSON =
      JsonFile.mapper()
          .registerModule(new Jdk8Module())
          .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  /**
   * A structure and what goes of it.
   *
   * @param removed units, ascending
   */
  public record Group(String name, int units, List<Integer> removed) {
    public Group {
      require(name, "groups.name");
      require(removed, "groups.removed");
      if (removed.stream().anyMatch(Objects::isNull)) {
        throw new InputException("group '" + name + "' removes a unit that is null");
      }
      removed = List.copyOf(removed);
    }
  }

  /** Elements of all parameters. */
  public record Parameters(long before, long after) {}

  public Recipe {
    require(strategy, "strategy");
    require(groups, "groups");
    require(parameters, "parameters");
    base = base == null ? Map.of() : Map.copyOf(base);
    provenance = provenance == null ? Map.of() : provenance;
    if (groups.stream().anyMatch(Objects::isNull)) {
      throw new InputException("a recipe has no group that is null");
    }
    groups = List.copyOf(groups);
    provenance = Map.copyOf(provenance);
    scope = scope == null ? Scope.LOCAL : scope;
    target = target == null ? Target.GROUP_RATIO : target;
    steps = Math.max(1, steps);
  }

  private static void require(Object value, String key) {
    if (value == null) {
      throw new InputException("a recipe needs '" + key + "'");
    }
  }

  /** The recipe of a point of the grid. */
  public static Recipe of(
      Map<String, String> base,
      Point point,
      List<Group> groups,
      Parameters parameters,
      Map<String, String> provenance) {
    return new Recipe(
        base,
        point.strategy(),
        point.ratio(),
        point.criterion(),
        point.aggregation(),
        point.scope(),
        point.target(),
        point.steps(),
        groups,
        parameters,
        provenance);
  }

  /** How many units go, of all groups together. */
  public int unitsRemoved() {
    return groups.stream().mapToInt(group -> group.removed().size()).sum();
  }

  /** The recipe as JSON, its maps in order of key. */
  public String json() {
    try {
      return JSON.writer()
              .with(com.fasterxml.jackson.databind.SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
              .withDefaultPrettyPrinter()
              .writeValueAsString(this)
          + "\n";
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @throws InputException when the file is missing or not a recipe
   */
  public static Recipe read(Path file) {
    JsonNode root = JsonFile.read(file, LARGEST);
    if (!root.isObject()) {
      throw new InputException(file + ": can't be read as a recipe: it is no JSON object");
    }
    try {
      Recipe recipe = JSON.treeToValue(root, Recipe.class);
      recipe.groups.forEach(group -> check(group, file));
      return recipe;
    } catch (JsonMappingException e) {
      String reason =
          e.getCause() instanceof InputException wrong
              ? wrong.getMessage()
              : "'" + path(e) + "' is missing a part, or is not what a recipe has there";
      throw new InputException(file + ": can't be read as a recipe: " + reason, e);
    } catch (JsonProcessingException e) {
      throw JsonFile.invalid(file, e);
    }
  }

  private static void check(Group group, Path file) {
    int last = -1;
    for (int unit : group.removed) {
      if (unit <= last || unit >= group.units) {
        throw new InputException(
            String.format(
                "%s: group '%s' removes unit %d; the units removed ascend, and are below %d",
                file, group.name, unit, group.units));
      }
      last = unit;
    }
  }

  /** Where in the JSON something is, such as {@code groups[0].removed}. */
  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      path.append(
          step.getFieldName() == null
              ? "[" + step.getIndex() + "]"
              : (path.isEmpty() ? "" : ".") + step.getFieldName());
    }
    return path.isEmpty() ? "recipe" : path.toString();
  }
}
