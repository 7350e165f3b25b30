package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.coordinator.config.ConfigurationText;
import dev.secateur.coordinator.config.TrainingConfigReader;
import dev.secateur.json.Json;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.Work;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.TrainingConfig;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.training.Pretraining;
import dev.secateur.training.TrainingNotices;
import dev.secateur.training.TrainingSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * {@code secateur train CONFIG}: a model and its tokenizer, as a configuration describes them.
 *
 * @param config the configuration's file, or 'demo'
 * @param out where the checkpoint goes
 */
record ConfiguredTraining(String config, Path out) {
  /**
   * Trains and writes the model.
   *
   * @param command as it was typed
   * @param talk told how far it is
   */
  Trained run(NodeOptions node, String command, PrintWriter talk) throws IOException {
    TrainingConfig training = read();
    TrainingNotices.ofWarmup(training.warmup(), training.steps()).forEach(talk::println);
    Pretraining.Settings settings = settings(training, command);
    node.checkMemory(
        "training",
        LeastNeed.ofRandom(
            settings.decoder(out),
            List.of(
                new Work.Training(
                    training.batch(), training.microBatch(), training.window(), false, false))),
        "a smaller micro-batch or window in the configuration");
    Pretraining.Result result =
        new Pretraining(settings, out, node.testedDevice()).run(new TrainingProgress(talk));
    return new Trained(
        Json.MAPPER.valueToTree(result),
        String.format(
            Locale.ROOT,
            "%d parameters; validation perplexity %.3f (unigram %.1f, trigram %.1f);"
                + " written to %s",
            result.parameters(),
            result.validation(),
            result.unigram(),
            result.trigram(),
            out));
  }

  private TrainingConfig read() {
    if (Files.isRegularFile(Path.of(config))) {
      return TrainingConfigReader.read(ConfigurationText.read(Path.of(config)), config);
    } else if (config.equals(DemoModel.NAME)) {
      return TrainingConfigReader.read(DemoModel.training(), "demo.conf");
    }
    throw new InputException(config + ": no such file; give a training configuration, or 'demo'");
  }

  private static Pretraining.Settings settings(TrainingConfig training, String command) {
    ObjectNode model = Json.MAPPER.valueToTree(training.model());
    return new Pretraining.Settings(
        command,
        model,
        training.vocabulary(),
        training.window(),
        training.batch(),
        ElementType.F16,
        new TrainingSettings(
            training.steps(),
            training.microBatch(),
            training.learningRate(),
            training.warmup(),
            Schedule.COSINE,
            training.weightDecay(),
            0.9,
            training.beta2(),
            1e-8,
            1,
            false,
            training.seed()));
  }
}
