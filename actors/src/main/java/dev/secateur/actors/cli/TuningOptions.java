package dev.secateur.actors.cli;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Template;
import dev.secateur.protocol.Tuning;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that say how an adapter is trained; the defaults are those of the published command. */
final class TuningOptions {
  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Optimizer steps; without it, --epochs says how many.")
  private Integer steps;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "2",
      description = "Passes over the data (default: ${DEFAULT-VALUE}).")
  private double epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Rows of a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--micro-batch",
      paramLabel = "N",
      defaultValue = "4",
      description = "Rows computed at once (default: ${DEFAULT-VALUE}).")
  private int microBatch;

  @Option(
      names = "--learning-rate",
      defaultValue = "1e-4",
      description = "The peak (default: ${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "100",
      description = "Steps of rising rate (default: ${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--schedule",
      defaultValue = "linear",
      description = "constant, linear or cosine (default: ${DEFAULT-VALUE}).")
  private Schedule schedule;

  @Option(
      names = "--weight-decay",
      defaultValue = "0",
      description = "Of AdamW (default: ${DEFAULT-VALUE}).")
  private double weightDecay;

  @Option(
      names = "--rank",
      paramLabel = "N",
      defaultValue = "8",
      description = "Rank of the adapter (default: ${DEFAULT-VALUE}).")
  private int rank;

  @Option(
      names = "--alpha",
      defaultValue = "16",
      description = "Its scale times its rank (default: ${DEFAULT-VALUE}).")
  private double alpha;

  @Option(
      names = "--dropout",
      defaultValue = "0.05",
      description = "Before the adapter (default: ${DEFAULT-VALUE}).")
  private double dropout;

  @Option(
      names = "--targets",
      split = ",",
      description =
          "Layers by the last words of their names, each of the model (all affine maps of the blocks).")
  private List<String> targets = List.of();

  @Option(
      names = "--template",
      defaultValue = "alpaca",
      description = "alpaca or plain (default: ${DEFAULT-VALUE}).")
  private Template template;

  @Option(names = "--train-on-inputs", description = "Predict prompts too, not only answers.")
  private boolean trainOnInputs;

  @Option(
      names = "--cutoff",
      paramLabel = "T",
      defaultValue = "256",
      description = "The most tokens of a row, and all of a text's chunk (${DEFAULT-VALUE}).")
  private int cutoff;

  @Option(
      names = "--validation",
      paramLabel = "N",
      defaultValue = "0",
      description = "Rows held out; the adapter of the lowest loss on them is kept (none).")
  private int validationRows;

  @Option(
      names = "--evaluate-every",
      paramLabel = "N",
      defaultValue = "100",
      description = "Steps between those evaluations (default: ${DEFAULT-VALUE}).")
  private int evaluateEvery;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Stop after so many evaluations without a lower loss (never).")
  private Integer patience;

  @Option(
      names = "--checkpointing",
      description = "Compute activations again, block by block: less memory, more time.")
  private boolean checkpointing;

  @Option(
      names = "--precision",
      defaultValue = "float32",
      description = "What the base's weights are held as: float32, or bfloat16 on a GPU.")
  private Precision precision;

  /**
   * @throws InputException when a value makes no sense
   */
  Tuning tuning() {
    check();
    return new Tuning(
        template,
        trainOnInputs,
        targets,
        new Tuning.Budget(Optional.ofNullable(steps), epochs, batch, Math.min(microBatch, batch)),
        learningRate,
        warmup,
        schedule,
        weightDecay,
        rank,
        alpha,
        dropout,
        cutoff,
        validationRows == 0
            ? Optional.empty()
            : Optional.of(
                new Tuning.Validation(
                    validationRows, evaluateEvery, Optional.ofNullable(patience))),
        checkpointing,
        precision);
  }

  private void check() {
    if (steps != null && steps < 1 || batch < 1 || microBatch < 1 || rank < 1 || cutoff < 2) {
      throw new InputException(
          "--steps, --batch, --micro-batch and --rank are at least 1, --cutoff at least 2");
    }
    if (!(epochs > 0) || !(learningRate >= 0) || !(weightDecay >= 0) || warmup < 0) {
      throw new InputException(
          "--epochs is above 0; --learning-rate, --weight-decay and --warmup are at least 0");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new InputException("--dropout is " + dropout + "; it lies from 0 to below 1");
    }
    if (validationRows < 0 || evaluateEvery < 1 || patience != null && patience < 1) {
      throw new InputException(
          "--validation is at least 0, --evaluate-every and --patience at least 1");
    }
    if (patience != null && validationRows == 0) {
      throw new InputException("--patience needs rows to evaluate on: give --validation N");
    }
  }
}
