package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code secateur train}: a model from random weights. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Trains a model from random weights.",
      "With a CONFIG: also trains its tokenizer, on WordNet's glosses.",
      "With --like: a model with the shape of a checkpoint, or of one pruned by a recipe, on"
          + " the data and budget of a recovery, as a baseline for pruning (try --learning-rate"
          + " 1e-3)."
    })
final class TrainCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "CONFIG",
      arity = "0..1",
      description = "Training configuration, or 'demo' for that of the demo model.")
  private String config;

  @Mixin private LikeOptions like;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder to write the checkpoint to.")
  private Path out;

  @Mixin private JsonOption json;

  @Mixin private KeyOptions random = KeyOptions.of(SweepConfigReader.SEED);

  @Mixin private TuningOptions tuning = TuningOptions.ofAllWeights();

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if ((config == null) != like.isGiven()) {
      throw new InputException("give a training CONFIG, 'demo', or --like CHECKPOINT");
    }
    String command = TypedCommand.of(spec);
    PrintWriter talk = spec.commandLine().getErr();
    Trained trained =
        like.isGiven()
            ? new TrainingLike(like, tuning.tuning(), random.get(SweepConfigReader.SEED), out)
                .run(node, command, talk)
            : new ConfiguredTraining(config, out).run(node, command, talk);
    PrintWriter print = spec.commandLine().getOut();
    print.println(json.isGiven() ? trained.json() : trained.words());
    print.flush();
    return 0;
  }
}
