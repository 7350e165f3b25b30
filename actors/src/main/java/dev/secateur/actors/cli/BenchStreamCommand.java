package dev.secateur.actors.cli;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.json.Json;
import dev.secateur.local.bench.StreamBench;
import dev.secateur.memory.HostNeed;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.MemoryModel;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur bench stream}: what it costs to read weights while computing. */
@Command(
    name = "stream",
    mixinStandardHelpOptions = true,
    description =
        "Times a forward pass and first-order estimation, or a step of recovery, of a"
            + " checkpoint whose weights are read block by block. For comparison it times reading"
            + " and casting alone, and the same floating-point operations in plain matrix products,"
            + " and prints how much of the reading overlaps with computing.")
final class BenchStreamCommand implements Callable<Integer> {
  @Mixin private CheckpointOption checkpoint;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "10",
      description = "Rows of random tokens (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--length",
      paramLabel = "T",
      defaultValue = "64",
      description = "Tokens per row (default: ${DEFAULT-VALUE}).")
  private int length;

  @Option(names = "--forward-only", description = "Skip gradients.")
  private boolean forwardOnly;

  @Option(
      names = "--recovery",
      description = "Time a LoRA step, rank 8 on all affine maps, instead of estimation.")
  private boolean recovery;

  @Option(
      names = "--micro-batch",
      paramLabel = "N",
      defaultValue = "4",
      description = "Rows per forward and backward pass of recovery (default: ${DEFAULT-VALUE}).")
  private int microBatch;

  @Mixin private JsonOption json;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (samples < 1 || length < 2 || microBatch < 1) {
      throw new InputException(
          "--samples and --micro-batch must be at least 1, --length at" + " least 2");
    }
    if (forwardOnly && recovery) {
      throw new InputException(
          "--forward-only skips the gradients that --recovery needs; give one of the two");
    }
    Checkpoint opened = checkpoint.open(node, spec.commandLine().getErr());
    node.checkMemory(
        "the measurement",
        LeastNeed.of(
            MemoryModel.of(opened),
            StreamBench.works(timed(), samples, length, microBatch),
            Precision.FLOAT32),
        "fewer --samples, a smaller --length or --micro-batch, --forward-only");
    Device device = node.testedDevice();
    HostNeed.check(opened, device, node.settings().allowance(1));
    Map<String, Double> figures =
        new StreamBench(opened, samples, length, device).run(timed(), microBatch);
    PrintWriter out = spec.commandLine().getOut();
    if (json.isGiven()) {
      ObjectNode root = Json.object();
      figures.forEach((name, value) -> root.put(name.replace(",", "").replace(' ', '_'), value));
      out.println(root.toPrettyString());
    } else {
      figures.forEach((name, value) -> out.printf(Locale.ROOT, "%-48s %s%n", name, shown(value)));
    }
    out.flush();
    return 0;
  }

  private StreamBench.Timed timed() {
    if (recovery) {
      return StreamBench.Timed.RECOVERY;
    }
    return forwardOnly ? StreamBench.Timed.FORWARD : StreamBench.Timed.FIRST_ORDER;
  }

  private static String shown(double value) {
    return String.format(Locale.ROOT, value < 1000 ? "%.3f" : "%,.0f", value);
  }
}
