package dev.secateur.actors.cli;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.json.Json;
import dev.secateur.local.CommandProvenance;
import dev.secateur.local.ScratchJob;
import dev.secateur.memory.LeastNeed;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import dev.secateur.pruning.Pruning;
import dev.secateur.training.ScratchTraining;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/** {@code secateur train --like}: a model of another's shape, from random weights. */
final class TrainingLike {
  private static final int SAVE_EVERY = 100;

  private final LikeOptions like;
  private final Tuning tuning;
  private final long seed;
  private final Path out;

  /**
   * @param out where the checkpoint goes
   */
  TrainingLike(LikeOptions like, Tuning tuning, long seed, Path out) {
    this.like = like;
    this.tuning = tuning;
    this.seed = seed;
    this.out = out;
  }

  /**
   * Trains and writes the model.
   *
   * @param command as it was typed
   * @param talk told how far it is
   */
  Trained run(NodeOptions node, String command, PrintWriter talk) throws IOException {
    String given = like.data();
    NewFolder.check(out);
    Checkpoint base = like.open(node, talk);
    Decoder shape = like.shape(base);
    node.checkMemory(
        "training",
        LeastNeed.ofRandom(shape, LeastNeed.training(tuning)),
        "a smaller --cutoff, --checkpointing");
    Device device = node.testedDevice();
    ScratchTraining training =
        new ScratchTraining(
            shape, base, tuning, tuning.learningRate(), tuning.weightDecay(), seed, device);
    String text = node.text(given, talk);
    String identity = Sha256.of(like.identity(base) + " " + tuning + " " + seed + text);
    Path file = out.resolveSibling("." + out.getFileName() + ".state.safetensors");
    TrainingState state = new TrainingState(file, SAVE_EVERY, identity);
    Trainer.Result[] result = new Trainer.Result[1];
    NewFolder.write(
        out,
        part -> {
          result[0] =
              ScratchJob.run(
                  training,
                  new TextRef(text, ""),
                  state,
                  part,
                  new TrainingProgress(talk),
                  NodeOptions.lines(talk));
          provenance(command, text).write(part, base.folder(), device);
        });
    return trained(result[0], Pruning.elements(shape));
  }

  private Trained trained(Trainer.Result result, long parameters) {
    return new Trained(
        Json.object()
            .put("steps", result.steps())
            .put("loss", result.loss())
            .put("parameters", parameters)
            .put("out", out.toString()),
        String.format(
            Locale.ROOT,
            "%d steps, loss %.4f, %d parameters; written to %s",
            result.steps(),
            result.loss(),
            parameters,
            out));
  }

  private CommandProvenance provenance(String command, String text) throws IOException {
    return like.withRecipe(
        like.provenance(command)
            .with("seed", seed)
            .with("data", CommandProvenance.data(text))
            .with("tuning", tuning));
  }
}
