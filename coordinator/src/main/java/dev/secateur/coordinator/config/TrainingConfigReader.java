package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Key.number;
import static dev.secateur.coordinator.config.Key.object;
import static dev.secateur.coordinator.config.Key.whole;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.TrainingConfig;

/** Reads the configuration of {@code secateur train}; it reports all mistakes at once. */
public final class TrainingConfigReader {
  private TrainingConfigReader() {}

  /**
   * @param text HOCON
   * @param file what errors call it
   * @throws InputException with one line for each problem
   */
  public static TrainingConfig read(String text, String file) {
    Problems problems = new Problems(file);
    Section root = Section.parse(text, file, problems);
    root.require("model", "the config of a checkpoint, such as { model_type = llama, ... }");
    int batch = root.get(whole("batch", 1, 1_000_000, 8, "batch size: rows per optimizer step"));
    TrainingConfig config =
        new TrainingConfig(
            root.object(object("model", "the config of a checkpoint")),
            root.get(whole("vocabulary", 259, 1_000_000, 3072, "tokens of the tokenizer")),
            root.get(whole("window", 2, 1_000_000, 128, "tokens per row")),
            batch,
            root.get(whole("micro-batch", 1, batch, batch, "rows per forward and backward pass")),
            root.get(whole("steps", 1, Integer.MAX_VALUE, 10_000, "number of optimizer steps")),
            root.get(RecoverySection.LEARNING_RATE.or(2e-3)),
            root.get(RecoverySection.WARMUP.or(200)),
            root.get(RecoverySection.WEIGHT_DECAY.or(0.1)),
            root.get(number("beta2", "0", "0.9999999", 0.95, "AdamW's decay of the second moment")),
            root.get(SweepConfigReader.SEED.or(1L)));
    root.finish();
    problems.throwIfAny();
    return config;
  }
}
