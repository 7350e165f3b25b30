package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import dev.secateur.local.bench.EstimateBench;
import dev.secateur.local.bench.PeakMemory;
import dev.secateur.local.bench.RandomLlama;
import dev.secateur.local.bench.RecoverBench;
import dev.secateur.memory.LeastNeed;
import dev.secateur.protocol.InputException;
import dev.secateur.pruning.Pruning;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur bench}: how fast this machine is. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures how fast this machine is.",
    subcommands = {
      BenchCommand.Estimate.class,
      BenchCommand.Recover.class,
      BenchLatencyCommand.class,
      BenchClusterCommand.class,
      BenchCheckpointCommand.class,
      BenchStreamCommand.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return Main.USAGE;
  }

  private static void check(String option, int rows, int length, int repetitions) {
    if (rows < 1 || repetitions < 1 || length < 2) {
      throw new InputException(option + " and --repetitions are at least 1, --length at least 2");
    }
  }

  @Command(
      name = "estimate",
      mixinStandardHelpOptions = true,
      description =
          "Times discovery, forward pass, estimation and ranking on a random LLaMA, and the same"
              + " floating-point operations in plain matrix products; prints peak memory.")
  static final class Estimate implements Callable<Integer> {
    @Mixin private Size size;

    @Option(
        names = "--samples",
        paramLabel = "N",
        defaultValue = "10",
        description = "Calibration samples (default: ${DEFAULT-VALUE}).")
    private int samples;

    @Option(
        names = "--length",
        paramLabel = "T",
        defaultValue = "64",
        description = "Tokens of a sample (default: ${DEFAULT-VALUE}).")
    private int length;

    @Option(
        names = "--repetitions",
        paramLabel = "N",
        defaultValue = "5",
        description = "Times that it is measured; the median counts (default: ${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(names = "--first-order-only", description = "Leave the second order out.")
    private boolean firstOrderOnly;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Mixin private NodeOptions node;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      check("--samples", samples, length, repetitions);
      node.checkMemory(
          "the measurement",
          LeastNeed.ofRandom(
              size.llama().decoder(), EstimateBench.works(samples, length, !firstOrderOnly)),
          "a smaller model, fewer --samples, a smaller --length");
      EstimateBench bench =
          new EstimateBench(size.llama(), samples, length, repetitions, !firstOrderOnly);
      Map<String, Double> seconds = bench.run(node.testedDevice());
      long weights = 4 * Pruning.elements(size.llama().decoder());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        ObjectNode root = Json.object();
        ObjectNode times = root.putObject("seconds");
        seconds.forEach(times::put);
        root.put("weight_bytes", weights);
        ObjectNode peaks = root.putObject("peak_bytes");
        bench.peaks().forEach(peaks::put);
        out.println(root.toPrettyString());
      } else {
        out.printf("weights %d MiB%n%n", weights >> 20);
        out.printf("%-36s %9s  %s%n", "", "seconds", "peak memory by then");
        seconds.forEach(
            (what, time) ->
                out.printf(
                    Locale.ROOT,
                    "%-36s %9.3f  %s%n",
                    what,
                    time,
                    Optional.ofNullable(bench.peaks().get(what))
                        .map(bytes -> (bytes >> 20) + " MiB")
                        .orElse("")));
      }
      out.flush();
      return 0;
    }
  }

  /** The size of the random LLaMA. */
  static final class Size {
    @Option(
        names = "--layers",
        paramLabel = "N",
        defaultValue = "8",
        description = "Blocks (default: ${DEFAULT-VALUE}).")
    private int layers;

    @Option(
        names = "--width",
        paramLabel = "N",
        defaultValue = "512",
        description = "Residual width (default: ${DEFAULT-VALUE}).")
    private int width;

    @Option(
        names = "--mlp",
        paramLabel = "N",
        defaultValue = "1376",
        description = "Width of the MLP (default: ${DEFAULT-VALUE}).")
    private int mlp;

    @Option(
        names = "--heads",
        paramLabel = "N",
        defaultValue = "8",
        description = "Attention heads (default: ${DEFAULT-VALUE}).")
    private int heads;

    @Option(
        names = "--vocabulary",
        paramLabel = "N",
        defaultValue = "8000",
        description = "Tokens of the vocabulary (default: ${DEFAULT-VALUE}).")
    private int vocabulary;

    private RandomLlama llama() {
      return new RandomLlama(layers, width, mlp, heads, vocabulary);
    }
  }

  @Command(
      name = "recover",
      mixinStandardHelpOptions = true,
      description =
          "Times LoRA recovery on a random LLaMA; prints tokens a second and peak memory.")
  static final class Recover implements Callable<Integer> {
    @Mixin private Size size;

    @Option(
        names = "--batch",
        paramLabel = "N",
        defaultValue = "4",
        description = "Rows of a step (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
        names = "--length",
        paramLabel = "T",
        defaultValue = "128",
        description = "Tokens of a row (default: ${DEFAULT-VALUE}).")
    private int length;

    @Option(
        names = "--repetitions",
        paramLabel = "N",
        defaultValue = "9",
        description = "Steps that are measured; the median counts (default: ${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(names = "--checkpointing", description = "Compute activations again, block by block.")
    private boolean checkpointing;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Mixin private NodeOptions node;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      check("--batch", batch, length, repetitions);
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
      if (json) {
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
}
