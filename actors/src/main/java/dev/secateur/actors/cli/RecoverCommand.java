package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.protocol.InputException;
import dev.secateur.recovery.TrainingSettings;
import dev.secateur.text.Instruction;
import dev.secateur.worker.RecoverJob;
import java.io.IOException;
import java.io.PrintWriter;
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

/** {@code secateur recover}: a LoRA adapter for one checkpoint. */
@Command(
    name = "recover",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Trains a LoRA adapter for a checkpoint on instruction data and writes it in PEFT's layout.")
final class RecoverCommand implements Callable<Integer> {
  @Parameters(paramLabel = "CHECKPOINT", description = "A checkpoint folder, pruned or not.")
  private Path checkpoint;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "Alpaca-style JSON or JSONL, or 'wordnet' for the built-in instructions.")
  private Path data;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "Where it goes.")
  private Path out;

  @Option(
      names = "--merge",
      description = "Write the checkpoint with the adapter folded in, not the adapter.")
  private boolean merge;

  @Option(names = "--steps", defaultValue = "1500", description = "Steps (${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--batch",
      defaultValue = "64",
      description = "Rows of a step (${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--micro-batch",
      defaultValue = "4",
      description = "Rows computed at once (${DEFAULT-VALUE}).")
  private int microBatch;

  @Option(
      names = "--learning-rate",
      defaultValue = "1e-4",
      description = "The peak (${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(
      names = "--warmup",
      defaultValue = "100",
      description = "Steps of rising rate (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--schedule",
      defaultValue = "LINEAR",
      description = "constant, linear or cosine (linear).")
  private TrainingSettings.Schedule schedule;

  @Option(
      names = "--weight-decay",
      defaultValue = "0",
      description = "Of AdamW (${DEFAULT-VALUE}).")
  private double weightDecay;

  @Option(names = "--rank", defaultValue = "8", description = "Rank (${DEFAULT-VALUE}).")
  private int rank;

  @Option(
      names = "--alpha",
      defaultValue = "16",
      description = "Scale times rank (${DEFAULT-VALUE}).")
  private double alpha;

  @Option(
      names = "--dropout",
      defaultValue = "0.05",
      description = "Before the adapter (${DEFAULT-VALUE}).")
  private double dropout;

  @Option(
      names = "--targets",
      split = ",",
      description = "Layers by the last words of their names (all affine maps of the blocks).")
  private List<String> targets = List.of();

  @Option(names = "--template", defaultValue = "ALPACA", description = "alpaca or plain (alpaca).")
  private Instruction.Template template;

  @Option(
      names = "--cutoff",
      defaultValue = "256",
      description = "The most tokens of a row (${DEFAULT-VALUE}).")
  private int cutoff;

  @Option(names = "--seed", defaultValue = "42", description = "Seed (${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--save-every",
      paramLabel = "N",
      defaultValue = "100",
      description =
          "Steps between saves; the same command goes on from the last (${DEFAULT-VALUE}).")
  private int saveEvery;

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    check();
    TrainingProgress progress =
        new TrainingProgress(spec.commandLine().getErr(), Math.max(1, Math.min(50, steps / 20)));
    double[] loss = new double[1];
    try (RecoverJob job = new RecoverJob(checkpoint, settings(), node.testedDevice())) {
      job.train(
          data,
          out.resolveSibling("." + out.getFileName() + ".state.safetensors"),
          saveEvery,
          step -> {
            loss[0] = step.loss();
            progress.show(step);
          });
      if (merge) {
        job.writeMerged(out);
      } else {
        job.writeAdapter(out);
      }
    }
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      print.println(
          new ObjectMapper()
              .createObjectNode()
              .put("steps", steps)
              .put("loss", loss[0])
              .put("out", out.toString()));
    } else {
      print.printf(Locale.ROOT, "%d steps, loss %.4f; written to %s%n", steps, loss[0], out);
    }
    print.flush();
    return 0;
  }

  private void check() throws IOException {
    if (saveEvery < 1) {
      throw new InputException("--save-every is " + saveEvery + "; at least 1");
    }
    if (steps < 1 || batch < 1 || microBatch < 1 || rank < 1 || cutoff < 2) {
      throw new InputException(
          "--steps, --batch, --micro-batch and --rank are at least 1, --cutoff at least 2");
    }
    if (dropout < 0 || dropout >= 1) {
      throw new InputException("--dropout is " + dropout + "; it lies from 0 to below 1");
    }
    NewFolder.check(out);
  }

  private RecoverJob.Settings settings() {
    return new RecoverJob.Settings(
        rank,
        alpha,
        dropout,
        targets,
        template,
        cutoff,
        batch,
        new TrainingSettings(
            steps,
            Math.min(microBatch, batch),
            learningRate,
            warmup,
            schedule,
            weightDecay,
            0.9,
            0.999,
            1e-8,
            1,
            seed));
  }
}
