package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.protocol.InputException;
import dev.secateur.recovery.Trainer;
import dev.secateur.worker.RecoverJob;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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
  @Parameters(
      paramLabel = "CHECKPOINT",
      description = "A checkpoint folder, pruned or not, hf:owner/name[@revision], or 'demo'.")
  private String checkpoint;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = {
        "Instruction rows (JSON, JSONL, Parquet), or a text: FILE, FILE#COLUMN,",
        "hf:owner/name[@revision]/FILE, 'alpaca', or 'wordnet' for the built-in instructions."
      })
  private String data;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "Where it goes.")
  private Path out;

  @Option(
      names = "--merge",
      description = "Write the checkpoint with the adapter folded in, not the adapter.")
  private boolean merge;

  @Mixin private TuningOptions tuning;

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
    if (saveEvery < 1) {
      throw new InputException("--save-every is " + saveEvery + "; at least 1");
    }
    NewFolder.check(out);
    PrintWriter talk = spec.commandLine().getErr();
    TrainingProgress progress = new TrainingProgress(talk);
    try (RecoverJob job =
        new RecoverJob(
            node.checkpoint(checkpoint, talk), tuning.tuning(), seed, node.testedDevice())) {
      Trainer.Result result =
          job.train(
              node.text(data, talk),
              out.resolveSibling("." + out.getFileName() + ".state.safetensors"),
              saveEvery,
              progress);
      if (merge) {
        job.writeMerged(out);
      } else {
        job.writeAdapter(out);
      }
      tell(result);
    }
    return 0;
  }

  private void tell(Trainer.Result result) {
    PrintWriter print = spec.commandLine().getOut();
    if (json) {
      ObjectNode root = new ObjectMapper().createObjectNode();
      root.put("steps", result.steps()).put("loss", result.loss());
      result.validation().ifPresent(loss -> root.put("validation_loss", loss));
      if (result.bestStep() > 0) {
        root.put("best_step", result.bestStep());
      }
      print.println(root.put("out", out.toString()));
    } else {
      print.printf(Locale.ROOT, "%d steps, loss %.4f%n", result.steps(), result.loss());
      result
          .validation()
          .ifPresent(
              loss ->
                  print.printf(
                      Locale.ROOT,
                      "kept: step %d, validation loss %.4f%n",
                      result.bestStep(),
                      loss));
      print.printf("written to %s%n", out);
    }
    print.flush();
  }
}
