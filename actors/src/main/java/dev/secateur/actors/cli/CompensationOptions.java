package dev.secateur.actors.cli;

import dev.secateur.compensation.Compensation;
import dev.secateur.coordinator.config.CompensationKeys;
import dev.secateur.coordinator.config.Key;
import dev.secateur.local.PruneJob;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a pruned model is compensated, and where the refitted matrices are. */
final class CompensationOptions {
  private static final Key<CompensationMethod> METHOD = CompensationKeys.METHODS.as("compensation");
  private static final String SUFFIX = ".compensation.safetensors";

  @Mixin private KeyOptions keys = KeyOptions.of(METHOD, CompensationKeys.RIDGE);

  @Option(
      names = "--compensation-in",
      paramLabel = "FILE",
      description =
          "With --recipe-in: refitted matrices for that recipe, in the form that"
              + " --compensation writes.")
  private Path given;

  private Path scratch; // null before the matrices are fitted, or where they are kept

  private boolean fits() {
    return keys.get(METHOD) != CompensationMethod.NONE;
  }

  /** How strongly matrices keep their weights, where they are refitted. */
  Optional<Ridge> ridge() {
    return fits() ? Optional.of(Ridge.parse(keys.get(CompensationKeys.RIDGE))) : Optional.empty();
  }

  /** Whether inner matrices are refitted too. */
  boolean inner() {
    return keys.get(METHOD).hasInner();
  }

  /**
   * Before anything is computed.
   *
   * @throws InputException when options contradict each other, or the model or the strategy is not
   *     covered
   */
  void check(Decoder base, Strategy strategy, String calibration, Path recipe, Path out) {
    if (!fits() && keys.find(CompensationKeys.RIDGE).isPresent()) {
      throw new InputException("--ridge needs --compensation least-squares");
    }
    if (fits() && given != null) {
      throw new InputException(
          "--compensation-in gives matrices that are already fitted; remove --compensation");
    }
    if (fits() || given != null) {
      Compensation.check(base, strategy);
    }
    if (fits() && calibration == null) {
      throw new InputException(
          "--compensation least-squares needs samples: give --calibration TEXT or"
              + " ids.safetensors");
    }
    if (fits() && recipe == null && out == null) {
      throw new InputException(
          "--compensation least-squares refits matrices, but nothing says where to write"
              + " them: give --out DIR for a checkpoint with them, or --recipe FILE to write them"
              + " beside it");
    }
  }

  /**
   * Fits, or reads, what is asked for.
   *
   * @return what fitting came to
   */
  Optional<CompensationSummary> apply(PruneJob job, Recipe recipe, Path recipeFile, Path out)
      throws IOException {
    if (given != null) {
      job.compensate(given);
    }
    Optional<Ridge> ridge = ridge();
    if (ridge.isEmpty()) {
      return Optional.empty();
    }
    Path file = recipeFile == null ? scratch(out) : beside(recipeFile);
    return Optional.of(new CompensationSummary(job.compensate(recipe, ridge.get(), inner(), file)));
  }

  /** {@code r.compensation.safetensors} of {@code r.json}. */
  private static Path beside(Path recipe) {
    String name = recipe.getFileName().toString();
    String stem = name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
    return recipe.resolveSibling(stem + SUFFIX);
  }

  /** Ends what stands nowhere but in the checkpoint that was written. */
  void clean() throws IOException {
    if (scratch != null) {
      Files.deleteIfExists(scratch);
    }
  }

  private Path scratch(Path out) throws IOException {
    Path folder = out.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    scratch = Files.createTempFile(folder, "." + out.getFileName(), SUFFIX);
    return scratch;
  }
}
