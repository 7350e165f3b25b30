package dev.secateur.coordinator.config;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.TrainingConfig;

/** Reads what {@code secateur train} is to train; every mistake is found and named in one go. */
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
    int batch = root.integer("batch", 8, 1, 1_000_000);
    TrainingConfig config =
        new TrainingConfig(
            root.object("model"),
            root.integer("vocabulary", 3072, 259, 1_000_000),
            root.integer("window", 128, 2, 1_000_000),
            batch,
            root.integer("micro-batch", batch, 1, batch),
            root.integer("steps", 10_000, 1, Integer.MAX_VALUE),
            root.number("learning-rate", 2e-3, "0", "10"),
            root.integer("warmup", 200, 0, Integer.MAX_VALUE),
            root.number("weight-decay", 0.1, "0", "10"),
            root.number("beta2", 0.95, "0", "0.9999999"),
            root.seed("seed", 1));
    root.finish();
    problems.throwIfAny();
    return config;
  }
}
