package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.cli.AlignedTable.Head;
import dev.secateur.json.Json;
import dev.secateur.local.bench.EstimateBench;
import dev.secateur.memory.LeastNeed;
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

/** {@code secateur bench estimate}: how long scoring takes. */
@Command(
    name = "estimate",
    mixinStandardHelpOptions = true,
    description =
        "Times discovery, forward pass, estimation and ranking on a random LLaMA, and the same"
            + " floating-point operations in plain matrix products; prints peak memory.")
final class BenchEstimateCommand implements Callable<Integer> {
  @Mixin private RandomModelOptions size;

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
      description = "Tokens per sample (default: ${DEFAULT-VALUE}).")
  private int length;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "5",
      description = "Measurements, of which the median is printed (default: ${DEFAULT-VALUE}).")
  private int repetitions;

  @Option(names = "--first-order-only", description = "Skip criteria of second order.")
  private boolean firstOrderOnly;

  @Mixin private JsonOption json;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    BenchCommand.check("--samples", samples, length, repetitions);
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
    if (json.isGiven()) {
      ObjectNode root = Json.object();
      ObjectNode times = root.putObject("seconds");
      seconds.forEach(times::put);
      root.put("weight_bytes", weights);
      ObjectNode peaks = root.putObject("peak_bytes");
      bench.peaks().forEach(peaks::put);
      out.println(root.toPrettyString());
    } else {
      out.printf("weights %d MiB%n%n", weights >> 20);
      AlignedTable table =
          new AlignedTable(
              Head.words(""), Head.numbers("seconds"), Head.numbers("peak memory so far"));
      seconds.forEach(
          (what, time) ->
              table.add(
                  what,
                  String.format(Locale.ROOT, "%.3f", time),
                  Optional.ofNullable(bench.peaks().get(what))
                      .map(bytes -> (bytes >> 20) + " MiB")
                      .orElse("")));
      table.print(out);
    }
    out.flush();
    return 0;
  }
}
