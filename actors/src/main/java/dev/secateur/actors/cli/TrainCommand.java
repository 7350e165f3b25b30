package dev.secateur.actors.cli;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.coordinator.config.ConfigurationText;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.config.TrainingConfigReader;
import dev.secateur.json.Json;
import dev.secateur.local.CommandProvenance;
import dev.secateur.local.ScratchJob;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.Work;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.TrainingConfig;
import dev.secateur.protocol.Tuning;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.training.Pretraining;
import dev.secateur.training.ScratchTraining;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingNotices;
import dev.secateur.training.TrainingSettings;
import dev.secateur.training.TrainingState;
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
      "By a CONFIG: with a tokenizer of its own, on WordNet's glosses.",
      "With --like: of the shape of a checkpoint, or of a recipe, on the data and the budget of a"
          + " recovery, as the baseline that pruning is compared with (try --learning-rate 1e-3)."
    })
final class TrainCommand implements Callable<Integer> {
  private static final int SAVE_EVERY = 100;

  @Parameters(
      paramLabel = "CONFIG",
      arity = "0..1",
      description = "A training configuration, or 'demo' for that of the demo model.")
  private String config;

  @Option(
      names = "--like",
      paramLabel = "CHECKPOINT",
      description = "Instead of a CONFIG: the checkpoint whose shape and tokenizer it gets.")
  private String like;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "With --like: its shape once it is pruned by this recipe.")
  private Path recipe;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "With --like: what it is trained on, as of secateur recover.")
  private String data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the checkpoint goes.")
  private Path out;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Mixin private KeyOptions random = KeyOptions.of(SweepConfigReader.SEED);

  @Mixin private TuningOptions tuning = TuningOptions.ofAllWeights();

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if ((config == null) == (like == null)) {
      throw new InputException("give a training CONFIG, 'demo', or --like CHECKPOINT");
    } else if (like != null) {
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
    if (data == null) {
      throw new InputException("--like needs --data FILE to train on");
    }
    NewFolder.check(out);
    PrintWriter talk = spec.commandLine().getErr();
    Checkpoint base = Checkpoint.open(node.checkpoint(like, talk));
    Decoder shape = recipe == null ? base.decoder() : Recipe.read(recipe).shape(base.decoder());
    Tuning settings = tuning.tuning();
    long seed = random.get(SweepConfigReader.SEED);
    node.checkMemory(
        "training",
        LeastNeed.ofRandom(shape, LeastNeed.training(settings)),
        "a smaller --cutoff, --checkpointing");
    Device device = node.testedDevice();
    ScratchTraining training =
        new ScratchTraining(
            shape, base, settings, settings.learningRate(), settings.weightDecay(), seed, device);
    Path state = out.resolveSibling("." + out.getFileName() + ".state.safetensors");
    String text = node.text(data, talk);
    String identity = Sha256.of(base.hashes() + " " + recipe + " " + settings + " " + seed + text);
    Trainer.Result[] result = new Trainer.Result[1];
    NewFolder.write(
        out,
        part -> {
          result[0] =
              ScratchJob.run(
                  training,
                  new TextRef(text, ""),
                  new TrainingState(state, SAVE_EVERY, identity),
                  part,
                  new TrainingProgress(talk),
                  NodeOptions.lines(talk));
          provenance(settings, seed, text).write(part, base.folder(), device);
        });
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      print.println(
          Json.object()
              .put("steps", result[0].steps())
              .put("loss", result[0].loss())
              .put("parameters", Pruning.elements(shape))
              .put("out", out.toString()));
    } else {
      print.printf(
          Locale.ROOT,
          "%d steps, loss %.4f, %d parameters; written to %s%n",
          result[0].steps(),
          result[0].loss(),
          Pruning.elements(shape),
          out);
    }
    print.flush();
    return 0;
  }

  private CommandProvenance provenance(Tuning settings, long seed, String text) throws IOException {
    CommandProvenance typed =
        new CommandProvenance(TypedCommand.of(spec), like)
            .with("seed", seed)
            .with("data", CommandProvenance.data(text))
            .with("tuning", settings);
    return recipe == null ? typed : typed.with("recipe_sha256", Sha256.of(recipe));
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
