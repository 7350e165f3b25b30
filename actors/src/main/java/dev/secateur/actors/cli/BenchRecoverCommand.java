package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import dev.secateur.local.bench.PeakMemory;
import dev.secateur.local.bench.RecoverBench;
import dev.secateur.memory.LeastNeed;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur bench recover}: how fast recovery trains. */
@Command(
    name = "recover",
    mixinStandardHelpOptions = true,
    description =
        "Times LoRA recovery on a random LLaMA; prints tokens per second and peak" + " memory.")
final class BenchRecoverCommand implements Callable<Integer> {
  @Mixin private RandomModelOptions size;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "4",
      description = "Batch size: rows per step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--length",
      paramLabel = "T",
      defaultValue = "128",
      description = "Tokens per row (default: ${DEFAULT-VALUE}).")
  private int length;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "9",
      description = "Measured steps, of which the median is printed (default: ${DEFAULT-VALUE}).")
  private int repetitions;

  @Option(
      names = "--checkpointing",
      description = "Gradient checkpointing: recompute activations block by block.")
  private boolean checkpointing;

  @Mixin private JsonOption json;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    BenchCommand.check("--batch", batch, length, repetitions);
    node.checkMemory(
        "the measurement",
        LeastNeed.ofRandom(
            size.llama().decoder(), RecoverBench.works(batch, length, checkpointing)),
        "a smaller model, a smaller --batch, a smaller --length, --checkpointing");
    double speed =
        RecoverBench.tokensPerSecond(
            size.llama(), batch, length, repetitions, checkpointing, node.testedDevice());
    long peak = PeakMemory.bytes().orElse(0);
    PrintWriter out = spec.commandLine().getOut();
    if (json.isGiven()) {
      ObjectNode root = Json.object();
      root.put("tokens_per_second", speed).put("peak_bytes", peak);
      out.println(root.toPrettyString());
    } else {
      out.printf(
          Locale.ROOT,
          "%.0f tokens a second; peak memory of the process %d MiB%n",
          speed,
          peak >> 20);
    }
    out.flush();
    return 0;
  }
}
