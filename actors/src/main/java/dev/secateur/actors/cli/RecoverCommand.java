package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.NewFolder;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.json.Json;
import dev.secateur.local.CommandProvenance;
import dev.secateur.local.RecoverJob;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.MemoryModel;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Tuning;
import dev.secateur.training.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
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
        "Trains a LoRA adapter for a checkpoint on instruction data and writes it in PEFT's"
            + " format.")
final class RecoverCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "CHECKPOINT",
      description = "A checkpoint folder, pruned or not, hf:owner/name[@revision], or 'demo'.")
  private String checkpoint;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description =
          "Instruction rows (JSON, JSONL, Parquet), or a text: FILE, FILE#COLUMN,"
              + " hf:owner/name[@revision]/FILE, 'alpaca', or 'wordnet' for the built-in"
              + " instructions.")
  private String data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder to write the adapter to.")
  private Path out;

  @Option(
      names = "--merge",
      description =
          "Write the checkpoint with the adapter merged into it, instead of the" + " adapter.")
  private boolean merge;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "With --merge: element type of the weights, F32, F16 or BF16 (default: as in the"
              + " checkpoint). F16 and BF16 round the merged weights; F32 keeps them exact.")
  private String dtype;

  @Mixin private TuningOptions tuning;

  @Mixin private KeyOptions random = KeyOptions.of(SweepConfigReader.SEED);

  @Option(
      names = "--save-every",
      paramLabel = "N",
      defaultValue = "100",
      description =
          "Steps between saves; the same command resumes from the last one (default:"
              + " ${DEFAULT-VALUE}).")
  private int saveEvery;

  @Mixin private JsonOption json;

  @Mixin private WeightOptions weights;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (saveEvery < 1) {
      throw new InputException("--save-every is " + saveEvery + "; it must be at least 1");
    }
    Optional<ElementType> type =
        Optional.ofNullable(dtype).map(name -> ElementType.ofWeights(name, "--dtype"));
    if (type.isPresent() && !merge) {
      throw new InputException("--dtype needs --merge; an adapter is always stored as F32");
    }
    NewFolder.check(out);
    PrintWriter talk = spec.commandLine().getErr();
    TrainingProgress progress = new TrainingProgress(talk);
    Path folder = node.checkpoint(checkpoint, talk);
    Tuning settings = tuning.tuning();
    long seed = random.get(SweepConfigReader.SEED);
    node.checkMemory(
        "recovery",
        LeastNeed.of(
            MemoryModel.of(Checkpoint.open(folder)),
            LeastNeed.recovery(settings),
            settings.precision()),
        "a smaller --cutoff, --checkpointing, --precision bfloat16");
    try (RecoverJob job =
        new RecoverJob(
            folder,
            settings,
            seed,
            node.testedDevice(),
            weights.allowance(node.settings()),
            NodeOptions.lines(talk))) {
      String text = node.text(data, talk);
      Trainer.Result result =
          job.train(
              text,
              out.resolveSibling("." + out.getFileName() + ".state.safetensors"),
              saveEvery,
              progress);
      CommandProvenance typed =
          new CommandProvenance(TypedCommand.of(spec), checkpoint)
              .with("seed", seed)
              .with("data", CommandProvenance.data(text))
              .with("tuning", settings);
      Optional<WrittenCheckpoint> merged = Optional.empty();
      if (merge) {
        merged = Optional.of(job.writeMerged(out, type, typed));
        merged.get().lines().forEach(line -> talk.println(out + ": " + line));
        talk.flush();
      } else {
        job.writeAdapter(out, node.files(talk).everywhere(checkpoint, folder), typed);
      }
      tell(result, merged);
    }
    return 0;
  }

  private void tell(Trainer.Result result, Optional<WrittenCheckpoint> merged) {
    PrintWriter print = spec.commandLine().getOut();
    if (json.isGiven()) {
      ObjectNode root = Json.object();
      root.put("steps", result.steps()).put("loss", result.loss());
      if (result.kept() instanceof Trainer.Kept.Lowest lowest) {
        root.put("validation_loss", lowest.validation()).put("best_step", lowest.step());
      }
      merged.ifPresent(checkpoint -> checkpoint.putInto(root));
      print.println(root.put("out", out.toString()));
    } else {
      print.printf(Locale.ROOT, "%d steps, loss %.4f%n", result.steps(), result.loss());
      if (result.kept() instanceof Trainer.Kept.Lowest lowest) {
        print.printf(
            Locale.ROOT,
            "kept: step %d, validation loss %.4f%n",
            lowest.step(),
            lowest.validation());
      }
      print.printf("written to %s%n", out);
    }
    print.flush();
  }
}
