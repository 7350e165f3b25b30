package dev.secateur.actors.cli;

import dev.secateur.actors.cli.AlignedTable.Head;
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
    AlignedTable table =
        new AlignedTable(
            Head.words("stage"),
            Head.numbers("needed"),
            Head.numbers("shared"),
            Head.numbers("done"));
    plan.stages().forEach((kind, count) -> add(kind, count, table));
    add("all", plan.all(), table);
    table.print(out);
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
    AlignedTable table =
        new AlignedTable(
            Head.words("model"),
            Head.words("strategy"),
            Head.words("target"),
            Head.numbers("ratio"),
            Head.numbers("trials"),
            Head.numbers("parameters"),
            Head.numbers("of base"),
            Head.numbers("macs"));
    for (PredictedSize size : sizes) {
      table.add(
          name(size.model()),
          size.strategy().label() + (size.uniform() ? " uniform" : ""),
          size.target().label(),
          size.ratio().toPlainString(),
          size.trials(),
          String.format(Locale.ROOT, "%,d", size.parameters()),
          String.format(Locale.ROOT, "%.1f%%", 100.0 * size.parameters() / size.before()),
          String.format(Locale.ROOT, "%,d", size.macs()));
    }
    out.println();
    table.print(out);
    out.println(
        "sizes are predictions without scores; with scope global they can differ slightly,"
            + " since scores decide how much each layer loses");
  }

  /** The last name of a path that tells models apart. */
  private static String name(String model) {
    String folder = model.replaceFirst("/config\\.json$", "");
    return folder.substring(folder.lastIndexOf('/') + 1);
  }

  private static void add(String kind, PlanOutline.Count count, AlignedTable table) {
    table.add(kind, count.needed(), count.shared(), count.done());
  }
}
