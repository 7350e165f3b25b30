package dev.secateur.compensation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A compensation of a recipe that tests write by hand. */
record Compensated(List<Fitted> fitted, Path file) {
  static Compensated of(
      Checkpoint checkpoint, Model base, Recipe recipe, Refit refit, Batch samples, Path folder)
      throws IOException {
    Path file = folder.resolve(CompensationFile.NAME);
    List<Fitted> fitted =
        CompensationFile.write(
            file,
            base,
            recipe,
            recipe.types(checkpoint),
            refit,
            samples,
            Map.of(),
            (block, of) -> {});
    return new Compensated(fitted, file);
  }

  double[] reals(String name) {
    try (SafetensorsFile stored = SafetensorsFile.open(file)) {
      return stored.reals(name);
    }
  }

  /**
   * @param removed the units that go, by structure
   */
  static Recipe recipe(Decoder base, JsonNode removed) {
    return recipe(
        base,
        Strategy.BLOCK,
        structure -> {
          List<Integer> units = new ArrayList<>();
          removed.path(structure.name()).forEach(unit -> units.add(unit.asInt()));
          return units;
        });
  }

  static Recipe recipe(
      Decoder base, Strategy strategy, Function<CoupledStructure, List<Integer>> removed) {
    List<Recipe.Group> groups = new ArrayList<>();
    for (CoupledStructure structure : Discovery.of(base)) {
      List<Integer> units = removed.apply(structure);
      if (!units.isEmpty()) {
        groups.add(new Recipe.Group(structure.name(), structure.units(), units));
      }
    }
    return new Recipe(
        Map.of(),
        strategy,
        new BigDecimal("0.25"),
        Criterion.L1,
        Aggregation.SUM,
        Scope.LOCAL,
        Target.GROUP_RATIO,
        1,
        groups,
        new Recipe.Parameters(0, 0),
        Map.of());
  }
}
