package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.node.LocalSources;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

  private record Count(int needed, int shared, int cached) {
    Count plus(int uses, boolean there) {
      return new Count(needed + uses, shared + 1, cached + (there ? 1 : 0));
    }
  }

  @Override
  public Integer call() {
    NodeSettings settings = node.settings();
    var work = node.work(settings);
    LocalSources sources = new LocalSources(node.files(spec.commandLine().getErr()));
    SweepConfig config = sweep.read(sources);
    SweepPlan plan = SweepPlanner.plan(config, sources);
    List<String> excluded = SweepPlanner.exclusions(config);
    List<String> notices = SweepPlanner.notices(config);
    Map<StageKind, Count> counts = count(plan, new ArtifactStore(work.artifacts()));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode root = json(plan, counts);
      excluded.forEach(root.putArray("left_out")::add);
      notices.forEach(root.putArray("notices")::add);
      out.println(root.toPrettyString());
    } else {
      print(plan, counts, out);
      excluded.forEach(reason -> out.println("left out: " + reason));
      notices.forEach(out::println);
    }
    out.flush();
    return 0;
  }

  private static Map<StageKind, Count> count(SweepPlan plan, ArtifactStore store) {
    Map<StageKey, Integer> trials = new HashMap<>();
    for (Trial trial : plan.trials()) {
      new HashSet<>(trial.stages()).forEach(stage -> trials.merge(stage, 1, Integer::sum));
    }
    Map<StageKind, Count> counts = new EnumMap<>(StageKind.class);
    for (Stage stage : plan.stages()) {
      int uses = trials.getOrDefault(stage.key(), 0);
      counts.put(
          stage.kind(),
          counts
              .getOrDefault(stage.kind(), new Count(0, 0, 0))
              .plus(uses, store.find(stage.key()).isPresent()));
    }
    return counts;
  }

  private static void print(SweepPlan plan, Map<StageKind, Count> counts, PrintWriter out) {
    out.printf("%s: %d trials%n%n", plan.name(), plan.trials().size());
    out.printf("%-12s %8s %8s %8s%n", "stage", "needed", "shared", "done");
    counts.forEach(
        (kind, count) ->
            out.printf(
                "%-12s %8d %8d %8d%n",
                kind.label(), count.needed(), count.shared(), count.cached()));
    out.printf(
        "%-12s %8d %8d %8d%n",
        "all",
        counts.values().stream().mapToInt(Count::needed).sum(),
        plan.stages().size(),
        counts.values().stream().mapToInt(Count::cached).sum());
    out.println();
    out.println(
        "needed: by all trials one by one; shared: to be computed; done: of those, in the work folder");
  }

  private static ObjectNode json(SweepPlan plan, Map<StageKind, Count> counts) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("name", plan.name()).put("digest", plan.digest());
    root.put("trials", plan.trials().size());
    ObjectNode stages = root.putObject("stages");
    counts.forEach(
        (kind, count) ->
            stages
                .putObject(kind.label())
                .put("needed", count.needed())
                .put("shared", count.shared())
                .put("done", count.cached()));
    return root;
  }
}
