package dev.secateur.actors.cli;

import dev.secateur.actors.node.LocalSources;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.WorkFolder;
import dev.secateur.coordinator.config.Origins;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.ReportFiles;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.tensor.Versions;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur run}: a whole sweep on this machine. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a sweep on this machine, in an embedded cluster of one JVM, and prints its results.",
      "Stages that were finished before, in this sweep or another, are reused."
    })
final class RunCommand implements Callable<Integer> {
  @Mixin private SweepInput sweep;

  @Mixin private LabelOptions labels;

  @Mixin private WeightOptions weights;

  @Mixin private NodeOptions node;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Number of workers (default: ${DEFAULT-VALUE}).")
  private int workers = 2;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Listen on this port, so that more nodes can join with secateur node --seed.")
  private Integer port;

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (workers < 1) {
      throw new InputException("--workers is " + workers + "; it must be at least 1");
    }
    NodeSettings settings = weights.over(node.settings());
    if (port != null) {
      settings = settings.with(Map.of("akka.remote.artery.canonical.port", port));
    }
    WorkFolder work = node.work(settings);
    LocalSources sources = new LocalSources(node.files(spec.commandLine().getErr()));
    SweepConfig config = sweep.read(sources, labels::added);
    SweepPlan plan = SweepPlanner.plan(config, sources);
    Rehearsed rehearsed = sources.rehearse(plan);
    rehearsed.check(sweep.name());
    PrintWriter talk = spec.commandLine().getErr();
    if (port == null) { // nobody with more memory can join
      node.checkMemory(plan, workers);
    }
    SweepPlanner.notices(config).forEach(talk::println);
    rehearsed.notices().forEach(talk::println);
    talk.printf(
        "%s: %d trials, %d stages, %d workers%n",
        plan.name(), plan.trials().size(), plan.stages().size(), workers);
    talk.flush();
    String client = "secateur/" + Versions.secateur();
    String text = labels.added(sweep.text());
    String owner = System.getProperty("user.name", "");
    Origin origin = Origins.of(TypedCommand.of(spec), client, text, config, owner);
    SweepReported reported =
        new SweepRun(settings, work, workers, talk, Screen.here()).run(plan, origin);
    return tell(reported, talk);
  }

  private int tell(SweepReported reported, PrintWriter talk) throws Exception {
    SweepResults results = reported.results();
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        json.isGiven()
            ? ReportFiles.json(results) + "\n"
            : "\n" + ResultsTable.text(results) + "\n");
    out.flush();
    talk.printf(
        "%d of %d stages were reused. Results, event log and plots: %s%n",
        results.stagesReused(), results.stages(), reported.folder());
    if (!reported.problem().isEmpty()) {
      talk.println("secateur: " + reported.problem());
      talk.flush();
      return Main.FAILURE;
    }
    talk.flush();
    return results.failed() > 0 ? Main.SOME_TRIALS_FAILED : 0;
  }
}
