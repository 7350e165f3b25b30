package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.bench.EstimateBench;
import dev.secateur.bench.RandomLlama;
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
    description = "Measures on random models how fast this machine is.",
    subcommands = BenchCommand.Estimate.class,
    synopsisSubcommandLabel = "COMMAND")
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return Main.USAGE;
  }

  @Command(
      name = "estimate",
      mixinStandardHelpOptions = true,
      description =
          "Times discovery, forward pass, estimation and ranking on a random LLaMA, and the same"
              + " floating-point operations in plain matrix products; prints peak memory.")
  static final class Estimate implements Callable<Integer> {
    @Option(names = "--layers", defaultValue = "8", description = "Blocks.")
    private int layers;

    @Option(names = "--width", defaultValue = "512", description = "Residual width.")
    private int width;

    @Option(names = "--mlp", defaultValue = "1376", description = "Width of the MLP.")
    private int mlp;

    @Option(names = "--heads", defaultValue = "8", description = "Attention heads.")
    private int heads;

    @Option(names = "--vocabulary", defaultValue = "8000", description = "Tokens.")
    private int vocabulary;

    @Option(names = "--samples", defaultValue = "10", description = "Calibration samples.")
    private int samples;

    @Option(names = "--length", defaultValue = "64", description = "Their tokens.")
    private int length;

    @Option(names = "--repetitions", defaultValue = "5", description = "The median counts.")
    private int repetitions;

    @Option(names = "--first-order-only", description = "Leave the second order out.")
    private boolean firstOrderOnly;

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Mixin private NodeOptions node;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      RandomLlama size = new RandomLlama(layers, width, mlp, heads, vocabulary);
      EstimateBench bench = new EstimateBench(size, samples, length, repetitions, !firstOrderOnly);
      Map<String, Double> seconds = bench.run(node.testedDevice());
      long weights = 4 * Pruning.elements(size.decoder());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        ObjectNode root = new ObjectMapper().createObjectNode();
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
}
