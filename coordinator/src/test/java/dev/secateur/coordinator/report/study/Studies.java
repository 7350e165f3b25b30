package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.Origins;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.TrialResults;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Runs whose numbers follow from where their trials stand. */
final class Studies {
  /** Two methods at two ratios, half of them recovered, on three of the paper's tasks. */
  static final String GRID =
      """
      name = grid, models = [llama], ratios = [0.2, 0.5], criteria = [l2, taylor-element1]
      recovery { ratios = [0.2], steps = 5 }
      evaluation { text = wikitext2, tasks = wordnet }
      """;

  private Studies() {}

  static Run run(String text) {
    return run(text, UnaryOperator.identity());
  }

  /** Of a configuration, whose trials are changed. */
  static Run run(String text, UnaryOperator<TrialResult> change) {
    FakeSources sources = new FakeSources("/models");
    SweepConfig config = SweepConfigReader.read(text, "sweep.conf", sources);
    SweepPlan plan = SweepPlanner.plan(config, sources);
    SweepId id = new SweepId("grid-1");
    SweepResults planned = SweepResults.of(id, plan, Map.of(), Map.of(), Map.of());
    List<TrialResult> trials =
        planned.trials().stream().map(Studies::measured).map(change).toList();
    SweepResults results =
        new SweepResults(id, plan.name(), 9, 9, 0, trials.size(), 0, trials, Provenance.UNKNOWN);
    Provenance provenance =
        Provenance.of(
            new SweepEvent.SweepSubmitted(
                id,
                plan,
                "/runs/s",
                10,
                IdempotencyKey.NONE,
                Instant.EPOCH,
                Origins.of("run", "client", text, config, "")));
    return Run.of(plan.name(), results.with(provenance));
  }

  /** The more is removed the worse, l2 worst, and recovery gives half of it back. */
  private static TrialResult measured(TrialResult trial) {
    double ratio = trial.point().ratio().doubleValue();
    double harm = ratio * (trial.point().criterion().label().equals("l2") ? 100 : 10);
    Map<String, Map<String, Double>> metrics = new TreeMap<>();
    metrics.put(
        "pruning",
        Map.of(
            "parameters_before",
            6_738_415_616.0,
            "parameters_after",
            6_738_415_616.0 * (1 - ratio),
            "macs_before",
            424_021_000_000.0,
            "macs_after",
            424_021_000_000.0 * (1 - ratio),
            "memory_bytes_before",
            13_510_397_952.0,
            "memory_bytes_after",
            13_510_397_952.0 * (1 - ratio)));
    metrics.put("before", evaluation(12.62, 0));
    metrics.put("pruned", evaluation(12.62, harm));
    if (trial.stages().containsKey("recovered")) {
      metrics.put("recovery", Map.of("loss", 2 + harm, "steps", 5.0));
      metrics.put("recovered", evaluation(12.62, harm / 2));
    }
    return with(trial, metrics, "");
  }

  private static Map<String, Double> evaluation(double perplexity, double harm) {
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put("perplexity", perplexity + harm);
    metrics.put("forward_seconds", 0.5 - harm / 1000);
    for (String task : List.of("boolq", "hellaswag", "arc_easy")) {
      metrics.put(task + ".acc", 0.6 - harm / 1000);
      metrics.put(task + ".acc_stderr", 0.01);
      metrics.put(task + ".n", 101.0);
      metrics.put(task + ".acc_norm", 0.7 - harm / 1000);
    }
    metrics.remove("boolq.acc_norm");
    return metrics;
  }

  static TrialResult with(
      TrialResult trial, Map<String, Map<String, Double>> metrics, String failure) {
    return TrialResults.of(trial, metrics, trial.notRecovered(), failure);
  }

  /** Whose recovery failed, all for the same reason. */
  static TrialResult unrecovered(TrialResult trial) {
    Map<String, Map<String, Double>> metrics = new TreeMap<>(trial.metrics());
    metrics.remove("recovered");
    metrics.remove("recovery");
    String why =
        trial.metrics().containsKey("recovered")
            ? "recovery: 100 % of rows_left_out; none has\nan answer"
            : "";
    return with(trial, metrics, why);
  }
}
