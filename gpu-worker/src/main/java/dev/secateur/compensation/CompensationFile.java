package dev.secateur.compensation;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.checkpoint.StoredParameters;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Refitted parameters beside a recipe: a safetensors file with the names and shapes of the pruned
 * model. Its header says for which removal they were fitted, and how well ({@link Fitted}).
 */
public final class CompensationFile {
  /** What it is called beside a recipe. */
  public static final String NAME = "compensation.safetensors";

  private static final String REMOVAL = "removal_sha256";

  private CompensationFile() {}

  /**
   * Fits a recipe's compensation and writes it.
   *
   * @param base computed in float32
   * @param types what the base's weights that are left are stored as
   * @param samples what it is fitted on
   * @param provenance who makes it, of what; for the header
   * @throws InputException when the model or the strategy is not covered
   */
  public static List<Fitted> write(
      Path file,
      Model base,
      Recipe recipe,
      WrittenTypes types,
      Refit refit,
      Batch samples,
      Map<String, String> provenance,
      Compensation.ProgressListener progress)
      throws IOException {
    Compensation compensation = new Compensation(base, recipe, refit, samples);
    try (CompensationWriter writer =
        new CompensationWriter(types, file.toAbsolutePath().getParent())) {
      List<Fitted> fitted = compensation.run(writer, progress);
      writer.finish(file, metadata(recipe, fitted, provenance));
      return fitted;
    }
  }

  /**
   * What its header holds.
   *
   * @param provenance who made it, of what
   */
  private static Map<String, String> metadata(
      Recipe recipe, List<Fitted> fitted, Map<String, String> provenance) {
    Map<String, String> metadata = new TreeMap<>(provenance);
    metadata.put("format", "pt");
    metadata.put(REMOVAL, removal(recipe));
    try {
      metadata.put("fitted", Json.MAPPER.writeValueAsString(fitted));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    return metadata;
  }

  /**
   * The pruned model with the file's parameters in it; to be closed by the caller.
   *
   * @throws InputException when the file was fitted to another recipe, or does not fit the model
   */
  public static Model applied(Model base, Recipe recipe, Path file) {
    StoredParameters refitted = StoredParameters.open(file);
    try {
      check(file, refitted, base.decoder(), recipe);
    } catch (RuntimeException e) {
      refitted.release();
      throw e;
    }
    return recipe.applied(base, refitted);
  }

  private static void check(Path file, StoredParameters refitted, Decoder base, Recipe recipe) {
    Compensation.check(base, recipe.strategy());
    String fittedTo = refitted.metadata().get(REMOVAL);
    if (fittedTo == null) {
      throw new InputException(
          file + ": has no '" + REMOVAL + "' in its header; it is not a compensation");
    }
    if (!fittedTo.equals(removal(recipe))) {
      throw new InputException(
          file
              + ": was fitted to another recipe, which removes other units; fit it to this"
              + " recipe");
    }
    Map<String, List<Long>> shapes = new HashMap<>();
    recipe.shape(base).parameters().forEach(p -> shapes.put(p.name(), p.shape()));
    refitted
        .shapes()
        .forEach(
            (name, shape) -> {
              if (!shape.equals(shapes.get(name))) {
                throw new InputException(
                    "%s: tensor '%s' has the shape %s; the pruned model %s"
                        .formatted(
                            file,
                            name,
                            shape,
                            shapes.containsKey(name)
                                ? "has " + shapes.get(name)
                                : "has no such parameter"));
              }
            });
  }

  /** What a recipe removes, as a hash. */
  private static String removal(Recipe recipe) {
    return Sha256.of(
        recipe.groups().stream()
            .filter(group -> !group.removed().isEmpty())
            .map(group -> group.name() + " " + group.units() + " " + group.removed())
            .sorted()
            .collect(Collectors.joining("\n")));
  }
}
