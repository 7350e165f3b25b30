package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.coordinator.config.ConfigurationText;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.config.TrainingConfigReader;
import dev.secateur.json.Json;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.Work;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.TrainingConfig;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.training.Pretraining;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingNotices;
import dev.secateur.training.TrainingSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Mixin private KeyOptions random = KeyOptions.of(SweepConfigReader.SEED);

  @Mixin private TuningOptions tuning = TuningOptions.ofAllWeights();

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if ((config == null) != like.isGiven()) {
      throw new InputException("give a training CONFIG, 'demo', or --like CHECKPOINT");
    } else if (like.isGiven()) {
      return trainLike();
    }
    TrainingConfig training = read();
    PrintWriter talk = spec.commandLine().getErr();
    TrainingNotices.ofWarmup(training.warmup(), training.steps()).forEach(talk::println);
    Pretraining.Settings settings = settings(training);
    node.checkMemory(
        "training",
        LeastNeed.ofRandom(
            settings.decoder(out),
            List.of(
                new Work.Training(
                    training.batch(), training.microBatch(), training.window(), false, false))),
        "a smaller micro-batch or window in the configuration");
    Pretraining.Result result =
        new Pretraining(settings, out, node.testedDevice())
            .run(new TrainingProgress(talk)::stepDone);
    tell(result);
    return 0;
  }

  private TrainingConfig read() {
    if (Files.isRegularFile(Path.of(config))) {
      return TrainingConfigReader.read(ConfigurationText.read(Path.of(config)), config);
    } else if (config.equals(DemoModel.NAME)) {
      return TrainingConfigReader.read(DemoModel.training(), "demo.conf");
    }
    throw new InputException(config + ": no such file; give a training configuration, or 'demo'");
  }

  private Pretraining.Settings settings(TrainingConfig config) {
    ObjectNode model = Json.MAPPER.valueToTree(config.model());
    return new Pretraining.Settings(
        TypedCommand.of(spec),
        model,
        config.vocabulary(),
        config.window(),
        config.batch(),
        ElementType.F16,
        new TrainingSettings(
            config.steps(),
            config.microBatch(),
            config.learningRate(),
            config.warmup(),
            Schedule.COSINE,
            config.weightDecay(),
            0.9,
            config.beta2(),
            1e-8,
            1,
            false,
            config.seed()));
  }

  private int trainLike() throws IOException {
    TrainingLike training =
        new TrainingLike(like, tuning.tuning(), random.get(SweepConfigReader.SEED), out);
    Trainer.Result result = training.run(node, TypedCommand.of(spec), spec.commandLine().getErr());
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      print.println(
          Json.object()
              .put("steps", result.steps())
              .put("loss", result.loss())
              .put("parameters", training.parameters())
              .put("out", out.toString()));
    } else {
      print.printf(
          Locale.ROOT,
          "%d steps, loss %.4f, %d parameters; written to %s%n",
          result.steps(),
          result.loss(),
          training.parameters(),
          out);
    }
    print.flush();
    return 0;
  }

  private void tell(Pretraining.Result result) throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      print.println(Json.MAPPER.writeValueAsString(result));
    } else {
      print.printf(
          Locale.ROOT,
          "%d parameters; validation perplexity %.3f (unigram %.1f, trigram %.1f); written to %s%n",
          result.parameters(),
          result.validation(),
          result.unigram(),
          result.trigram(),
          out);
    }
    print.flush();
  }
}
