package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A recipe from elsewhere, checked against the model that it is applied to. */
public record GivenRecipe(Path file, Recipe recipe, List<CoupledStructure> structures) {

  /**
   * Reads a recipe.
   *
   * @param hashes of the base: of its files by their names, or {@code sha256} of all of it
   * @throws InputException naming the file, and the structure that is none of the model's, has
   *     other units or would lose all of them, or the base's file that the recipe is of another of
   */
  public static GivenRecipe read(Path file, Decoder base, Map<String, String> hashes) {
    Recipe recipe = RecipeFile.readBrief(file);
    recipe
        .base()
        .forEach(
            (name, hash) -> {
              String other = hashes.get(name);
              if (other != null && !other.equals(hash)) {
                throw new InputException(
                    String.format(
                        "%s: is for another base: its '%s' has the hash %s, but this model's has %s",
                        file, name, hash, other));
              }
            });
    List<CoupledStructure> structures = Discovery.of(base);
    Map<String, CoupledStructure> known = new HashMap<>();
    Eligible.of(structures, recipe.strategy(), everywhere(base.layers()))
        .forEach(structure -> known.put(structure.name(), structure));
    recipe.groups().forEach(group -> check(file, recipe, group, known));
    if (recipe.unitsRemoved() == 0) {
      throw new InputException(file + ": removes nothing");
    }
    return new GivenRecipe(file, recipe.with(sizes(file, recipe, base)), structures);
  }

  private static Eligible.Layers everywhere(int layers) {
    return Eligible.Layers.both(0, layers);
  }

  private static void check(
      Path file, Recipe recipe, Recipe.Group group, Map<String, CoupledStructure> known) {
    CoupledStructure structure = known.get(group.name());
    if (structure == null) {
      throw new InputException(
          String.format(
              "%s: structure '%s' is not one that strategy %s prunes in this model ('secateur"
                  + " inspect' lists them)",
              file, group.name(), recipe.strategy().label()));
    } else if (structure.units() != group.units()) {
      throw new InputException(
          String.format(
              "%s: structure '%s': has %d units, but %d in this model",
              file, group.name(), group.units(), structure.units()));
    } else if (group.removed().size() == group.units()) {
      throw new InputException(
          String.format("%s: structure '%s': would lose all of its units", file, group.name()));
    }
  }

  /** The parameters that the model has; what a recipe says of them must be true. */
  private static Recipe.Parameters sizes(Path file, Recipe recipe, Decoder base) {
    Recipe.Parameters counted =
        new Recipe.Parameters(
            Pruning.elements(base),
            IterativePruning.parametersLeft(base, recipe.strategy(), recipe.groups()));
    boolean said = recipe.parameters().before() > 0;
    if (said && !recipe.parameters().equals(counted)) {
      throw new InputException(
          String.format(
              "%s: 'parameters' are %d before and %d after; in this model they are %d and %d",
              file,
              recipe.parameters().before(),
              recipe.parameters().after(),
              counted.before(),
              counted.after()));
    }
    return counted;
  }

  /**
   * Where in a grid it stands.
   *
   * @param layers of the base
   * @param name what its file is called there
   */
  public Point point(int layers, String name) {
    return new Point(
        recipe.strategy(),
        span(Kind.ATTENTION, layers),
        span(Kind.MLP, layers),
        recipe.ratio(),
        Criterion.of("recipe:" + name),
        recipe.aggregation(),
        recipe.scope(),
        recipe.target(),
        recipe.steps());
  }

  /** From the first to the last block that has such a group; all of them where none has. */
  private LayerSpan span(Kind kind, int layers) {
    Map<String, CoupledStructure> known = new HashMap<>();
    structures.forEach(structure -> known.put(structure.name(), structure));
    List<Integer> blocks =
        recipe.groups().stream()
            .flatMap(group -> structure(group.name(), known).stream())
            .filter(structure -> structure.kind() == kind)
            .map(CoupledStructure::layer)
            .toList();
    return blocks.isEmpty()
        ? new LayerSpan(0, layers)
        : new LayerSpan(
            blocks.stream().min(Integer::compare).get(),
            blocks.stream().max(Integer::compare).get() + 1);
  }

  /** Whose name a group has, or one of whose members where dependencies are ignored. */
  private static Optional<CoupledStructure> structure(
      String name, Map<String, CoupledStructure> known) {
    return Optional.ofNullable(known.get(name))
        .or(() -> Optional.ofNullable(known.get(name.replaceFirst("/.*", ""))));
  }
}
