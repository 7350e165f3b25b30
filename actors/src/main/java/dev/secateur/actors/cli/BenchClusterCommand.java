package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.bench.ClusterBench;
import dev.secateur.json.Json;
import dev.secateur.local.bench.PeakMemory;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepPlan;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur bench cluster}: what the cluster itself costs. */
@Command(
    name = "cluster",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Times planning, and a real coordinator and its journal with simulated workers, whose"
          + " stages only wait.",
      "Use a separate work folder: --work DIR."
    })
final class BenchClusterCommand implements Callable<Integer> {
  @Option(
      names = "--trials",
      paramLabel = "N",
      defaultValue = "400",
      description = "Trials of the sweep, forty per model (default: ${DEFAULT-VALUE}).")
  private int trials;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "64",
      description = "Simulated workers; 0: only plan (default: ${DEFAULT-VALUE}).")
  private int workers;

  @Option(
      names = "--stage-millis",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Duration of a stage in milliseconds (default: ${DEFAULT-VALUE}).")
  private long stageMillis;

  @Mixin private JsonOption json;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (trials < 1 || workers < 0 || stageMillis < 0) {
      throw new InputException(
          "--trials must be at least 1, --workers and --stage-millis at least 0");
    }
    long start = System.nanoTime();
    SweepPlan plan = ClusterBench.plan(trials);
    double planned = (System.nanoTime() - start) / 1e9;
    ObjectNode root = Json.object();
    root.put("trials", plan.trials().size()).put("stages", plan.stages().size());
    root.put("planning_seconds", planned);
    if (workers > 0) {
      var settings = node.settings();
      ClusterBench.Result result =
          new ClusterBench(settings, node.work(settings))
              .run(plan, workers, Duration.ofMillis(stageMillis));
      root.put("workers", workers).put("stage_seconds", stageMillis / 1e3);
      root.put("seconds", result.seconds());
      root.put("outcomes_per_second", result.outcomesPerSecond());
      root.put("busy", result.busy());
      root.put("first_stage_millis_cold", result.coldMillis());
      root.put("first_stage_millis", result.firstMillis());
    }
    root.put("peak_bytes", PeakMemory.bytes().orElse(0));
    PrintWriter out = spec.commandLine().getOut();
    if (json.isGiven()) {
      out.println(root.toPrettyString());
    } else {
      root.properties()
          .forEach(
              field ->
                  out.printf(Locale.ROOT, "%-24s %s%n", field.getKey(), field.getValue().asText()));
    }
    out.flush();
    return 0;
  }
}
