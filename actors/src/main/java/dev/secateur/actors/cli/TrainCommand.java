package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.coordinator.config.TrainingConfigReader;
import dev.secateur.demo.DemoModel;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.TrainingConfig;
import dev.secateur.recovery.Pretraining;
import dev.secateur.recovery.TrainingSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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
    description = "Trains a model and its tokenizer from scratch on WordNet's glosses.")
final class TrainCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "CONFIG",
      description = "A training configuration, or 'demo' for that of the demo model.")
  private String config;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the checkpoint goes.")
  private Path out;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    TrainingConfig training = read();
    Pretraining.Result result =
        new Pretraining(settings(training), out, node.testedDevice())
            .run(new TrainingProgress(spec.commandLine().getErr())::show);
    tell(result);
    return 0;
  }

  private TrainingConfig read() throws IOException {
    if (Files.isRegularFile(Path.of(config))) {
      return TrainingConfigReader.read(Files.readString(Path.of(config)), config);
    } else if (config.equals(DemoModel.NAME)) {
      return TrainingConfigReader.read(DemoModel.training(), "demo.conf");
    }
    throw new InputException(config + ": no such file; give a training configuration, or 'demo'");
  }

  private Pretraining.Settings settings(TrainingConfig config) {
    ObjectNode model = new ObjectMapper().valueToTree(config.model());
    return new Pretraining.Settings(
        "secateur train " + this.config + " --out DIR",
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

  private void tell(Pretraining.Result result) throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      print.println(new ObjectMapper().writeValueAsString(result));
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
