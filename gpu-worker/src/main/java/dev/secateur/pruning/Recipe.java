package dev.secateur.pruning;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.json.Json;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterSource;
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
import java.util.Optional;

/**
 * What to remove from which base checkpoint: the whole result of pruning.
 *
 * @param base SHA-256 of the base checkpoint's files, by name
 * @param groups every eligible structure, also those that lose nothing
 * @param provenance how it was made: versions, seeds, calibration
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

  /**
   * A structure and what goes of it.
   *
   * @param removed units, ascending
   */
  public record Group(String name, int units, List<Integer> removed) {
    public Group {
      removed = List.copyOf(removed);
    }
  }

  /** Elements of all parameters. */
  public record Parameters(long before, long after) {}

  public Recipe {
    base = Map.copyOf(base);
    groups = List.copyOf(groups);
    provenance = Map.copyOf(provenance);
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

  /** The same with other sizes. */
  Recipe with(Parameters counted) {
    return new Recipe(
        base,
        strategy,
        ratio,
        criterion,
        aggregation,
        scope,
        target,
        steps,
        groups,
        counted,
        provenance);
  }

  /** The model that it makes of its base; to be closed by the caller. */
  public Model applied(Model base) {
    return IterativePruning.prune(base, strategy, groups);
  }

  /**
   * The same with parameters that were fitted to the recipe; to be closed by the caller.
   *
   * @param refitted by their names in the pruned model; released with it
   */
  public Model applied(Model base, ParameterSource refitted) {
    return Slicer.slice(base, groups, Optional.of(refitted));
  }

  /** What that model looks like. */
  public Decoder shape(Decoder base) {
    return strategy == Strategy.IGNORE_DEPENDENCIES ? base : Pruning.prune(base, groups);
  }

  /** The types that the base stores the weights in that are left. */
  public WrittenTypes types(Checkpoint base) {
    return WrittenTypes.as(base)
        .renamed(IterativePruning.origins(base.decoder(), strategy, groups));
  }

  /** How many units go, of all groups together. */
  public int unitsRemoved() {
    return groups.stream().mapToInt(group -> group.removed().size()).sum();
  }

  /** The recipe as JSON, its maps in order of key. */
  public String json() {
    try {
      return Json.MAPPER
              .writer()
              .with(com.fasterxml.jackson.databind.SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
              .withDefaultPrettyPrinter()
              .writeValueAsString(this)
          + "\n";
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @throws InputException when the file is missing or not a recipe, naming the key that is wrong
   */
  public static Recipe read(Path file) {
    return RecipeFile.read(file);
  }
}
