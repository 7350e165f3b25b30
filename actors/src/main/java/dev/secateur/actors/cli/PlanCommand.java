package dev.secateur.actors.cli;

import dev.secateur.actors.node.LocalSources;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.ShapeSources;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.coordinator.plan.PlanOutline;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.json.Json;
import dev.secateur.protocol.PredictedSize;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.source.LocalFiles;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur plan}: what a sweep would do. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description =
        "Shows how many trials a sweep has, and how many stages of each kind remain after"
            + " sharing.")
final class PlanCommand implements Callable<Integer> {
  @Mixin private SweepInput sweep;

  @Mixin private NodeOptions node;

  @Option(
      names = "--shapes",
      description =
          "Plan from each model's config.json alone, without weights, tokenizer, texts and"
              + " tasks; a model may then be a config.json. Finished stages are not counted.")
  private boolean shapes;

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    NodeSettings settings = node.settings();
    var work = node.work(settings);
    LocalFiles files = node.files(spec.commandLine().getErr());
    Sources sources =
        shapes
            ? new ShapeSources(new Downloads(spec.commandLine().getErr()), files)
            : new LocalSources(files);
    SweepConfig config = sweep.read(sources);
    SweepPlan plan = SweepPlanner.plan(config, sources);
    Rehearsed rehearsed = sources.rehearse(plan);
    rehearsed.check(sweep.name());
    ArtifactStore artifacts = new ArtifactStore(work.artifacts());
    PlanOutline outline =
        PlanOutline.of(
            config, plan, rehearsed, stage -> !shapes && artifacts.find(stage).isPresent());
    PrintWriter out = spec.commandLine().getOut();
    if (json.isGiven()) {
      out.println(Json.MAPPER.valueToTree(outline).toPrettyString());
    } else {
      print(outline, out);
    }
    out.flush();
    return 0;
  }

  /** The outline as a table. */
  static void print(PlanOutline plan, PrintWriter out) {
    out.printf("%s: %d trials%n%n", plan.name(), plan.trials());
    out.printf("%-12s %8s %8s %8s%n", "stage", "needed", "shared", "done");
    plan.stages().forEach((kind, count) -> line(kind, count, out));
    line("all", plan.all(), out);
    out.println();
    out.println(
        "needed: by all trials separately; shared: to compute after sharing; done: of these,"
            + " already in the work folder");
    sizes(plan.sizes(), out);
    plan.leftOut().forEach(reason -> out.println("left out: " + reason));
    plan.notices().forEach(out::println);
  }

  private static void sizes(List<PredictedSize> sizes, PrintWriter out) {
    if (sizes.isEmpty()) {
      return;
    }
    out.printf(
        "%n%-16s %-20s %-14s %6s %7s %14s %8s %14s%n",
        "model", "strategy", "target", "ratio", "trials", "parameters", "of base", "macs");
    for (PredictedSize size : sizes) {
      out.printf(
          Locale.ROOT,
          "%-16s %-20s %-14s %6s %7d %,14d %7.1f%% %,14d%n",
          name(size.model()),
          size.strategy().label() + (size.uniform() ? " uniform" : ""),
          size.target().label(),
          size.ratio().toPlainString(),
          size.trials(),
          size.parameters(),
          100.0 * size.parameters() / size.before(),
          size.macs());
    }
    out.println(
        "sizes are predictions without scores; with scope global they can differ slightly,"
            + " since scores decide how much each layer loses");
  }

  /** The last name of a path that tells models apart. */
  private static String name(String model) {
    String folder = model.replaceFirst("/config\\.json$", "");
    return folder.substring(folder.lastIndexOf('/') + 1);
  }

  private static void line(String kind, PlanOutline.Count count, PrintWriter out) {
    out.printf("%-12s %8d %8d %8d%n", kind, count.needed(), count.shared(), count.done());
  }
}
