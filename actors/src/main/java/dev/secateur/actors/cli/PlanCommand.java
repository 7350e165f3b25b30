package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.actors.node.LocalSources;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.plan.PlanOutline;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.SweepConfig;
import java.io.PrintWriter;
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
        "Shows how many trials a sweep has, and how many stages of each kind after sharing.")
final class PlanCommand implements Callable<Integer> {
  @Mixin private SweepInput sweep;

  @Mixin private NodeOptions node;

  @Option(names = "--json", description = "One JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    NodeSettings settings = node.settings();
    var work = node.work(settings);
    LocalSources sources = new LocalSources(node.files(spec.commandLine().getErr()));
    SweepConfig config = sweep.read(sources);
    ArtifactStore artifacts = new ArtifactStore(work.artifacts());
    PlanOutline outline =
        PlanOutline.of(
            config, SweepPlanner.plan(config, sources), stage -> artifacts.find(stage).isPresent());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().valueToTree(outline).toPrettyString());
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
        "needed: by all trials one by one; shared: to be computed; done: of those, in the work folder");
    plan.leftOut().forEach(reason -> out.println("left out: " + reason));
    plan.notices().forEach(out::println);
  }

  private static void line(String kind, PlanOutline.Count count, PrintWriter out) {
    out.printf("%-12s %8d %8d %8d%n", kind, count.needed(), count.shared(), count.done());
  }
}
