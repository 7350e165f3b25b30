package dev.secateur.actors.cli;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.local.CommandProvenance;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of a training that starts from another model's shape. */
final class LikeOptions {
  @Option(
      names = "--like",
      paramLabel = "CHECKPOINT",
      description = "Instead of a CONFIG: checkpoint whose shape and tokenizer the model gets.")
  private String checkpoint;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "With --like: use its shape after pruning by this recipe.")
  private Path recipe;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "With --like: training data, as for secateur recover.")
  private String data;

  /** Whether there is a model whose shape is taken. */
  boolean isGiven() {
    return checkpoint != null;
  }

  Checkpoint open(NodeOptions node, PrintWriter talk) {
    return Checkpoint.open(node.checkpoint(checkpoint, talk));
  }

  /** The shape that is trained: the base's, or what a recipe leaves of it. */
  Decoder shape(Checkpoint base) {
    return recipe == null ? base.decoder() : Recipe.read(recipe).shape(base.decoder());
  }

  /**
   * What is trained on.
   *
   * @throws InputException when it is not given
   */
  String data() {
    if (data == null) {
      throw new InputException("--like needs --data FILE to train on");
    }
    return data;
  }

  /** What tells this training from others, beside its settings. */
  String identity(Checkpoint base) {
    return base.hashes() + " " + recipe;
  }

  CommandProvenance provenance(String command) {
    return new CommandProvenance(command, checkpoint);
  }

  /** Adds the recipe to what a checkpoint's provenance says, where there is one. */
  CommandProvenance withRecipe(CommandProvenance provenance) throws IOException {
    return recipe == null ? provenance : provenance.with("recipe_sha256", Sha256.of(recipe));
  }
}
