package dev.secateur.pruning;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new Jdk8Module())
          .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  /**
   * A structure and what goes of it.
   *
   * @param removed units, ascending
   */
  public record Group(String name, int units, List<Integer> removed) {}

  /** Elements of all parameters. */
  public record Parameters(long before, long after) {}

  public Recipe {
    require(strategy, "strategy");
    require(groups, "groups");
    require(parameters, "parameters");
    base = base == null ? Map.of() : Map.copyOf(base);
    provenance = provenance == null ? Map.of() : provenance;
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
    try {
      Recipe recipe = JSON.readValue(Files.readString(file), Recipe.class);
      if (recipe == null) {
        throw new InputException(file + ": is empty, not a recipe");
      }
      return recipe;
    } catch (IOException e) {
      Throwable reason = e.getCause() instanceof InputException wrong ? wrong : e;
      String line = String.valueOf(reason.getMessage()).lines().findFirst().orElse("");
      throw new InputException(file + ": can't be read as a recipe: " + line, e);
    }
  }
}
