package dev.secateur.coordinator.track;

import dev.secateur.coordinator.report.LossCurves.Curve;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.track.MlflowClient.Known;
import dev.secateur.coordinator.track.MlflowRun.Measured;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.Tracking;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * An MLflow server, which gets a run for each trial that is complete. A run carries the identity of
 * its trial from its creation, and a fingerprint of what was logged last. After a kill or a lost
 * answer, the runs are looked up and logging continues, so none is made twice.
 */
final class MlflowTarget implements Target {
  /** What the API takes at once. */
  private static final int MOST_METRICS = 1_000;

  private static final String CURVES = "secateur.curves";

  private final SweepId sweep;
  private final Tracking tracking;
  private final Consumer<String> refusals;
  private final MlflowClient client;
  private final Set<String> refused = new HashSet<>();
  private String experiment; // its id; null until the server has told it
  private Map<String, Known> runs; // by their trials; null while they are to be looked up

  /**
   * @param refusals receives what the server refuses
   */
  MlflowTarget(SweepId sweep, Tracking tracking, Consumer<String> refusals) {
    this.sweep = sweep;
    this.tracking = tracking;
    this.refusals = refusals;
    this.client = new MlflowClient(tracking.mlflow());
  }

  @Override
  public String name() {
    return "mlflow at " + Web.host(tracking.mlflow());
  }

  @Override
  public void update(Snapshot snapshot) throws IOException, InterruptedException {
    try {
      Map<String, Known> known = known();
      Map<Integer, Curve> curves = new HashMap<>();
      snapshot.curves().curves().stream()
          .filter(curve -> curve.model().equals("recovered"))
          .forEach(curve -> curves.put(curve.trial(), curve));
      for (TrialResult trial : snapshot.complete()) {
        MlflowRun run = MlflowRun.of(snapshot.results(), trial, tracking);
        update(run, Optional.ofNullable(curves.get(trial.trial())), known);
      }
    } catch (IOException e) {
      runs = null; // something may have been done whose answer was lost
      throw e;
    }
  }

  private Map<String, Known> known() throws IOException, InterruptedException {
    if (experiment == null) {
      experiment = client.experiment(tracking.experiment());
    }
    if (runs == null) {
      Map<String, Known> found = new HashMap<>();
      for (Known run : client.runs(experiment, MlflowRun.SWEEP, sweep.value())) {
        found.put(run.tags().getOrDefault(MlflowRun.TRIAL, ""), run);
      }
      runs = found;
    }
    return runs;
  }

  private void update(MlflowRun run, Optional<Curve> curve, Map<String, Known> known)
      throws IOException, InterruptedException {
    Known there = known.get(run.trial());
    Map<String, String> tags = there == null ? Map.of() : there.tags();
    String logged = run.fingerprint();
    String curves = curve.map(one -> MlflowRun.hash(one.toString())).orElse("");
    boolean same = logged.equals(tags.get(MlflowRun.LOGGED));
    boolean sameCurves = curves.isEmpty() || curves.equals(tags.get(CURVES));
    if (same && sameCurves || refused.contains(logged + curves)) {
      return;
    }
    try {
      if (there == null) {
        there = create(run);
        known.put(run.trial(), there);
      }
      if (!same) {
        log(run, there);
      }
      if (!sameCurves) {
        inBatches(there.id(), MlflowRun.losses(curve.orElseThrow(), run.start()));
        client.tag(there.id(), CURVES, curves);
        there.tags().put(CURVES, curves);
      }
    } catch (RefusedException e) {
      refused.add(logged + curves);
      refusals.accept(run.name() + ": " + e.getMessage());
    }
  }

  private Known create(MlflowRun run) throws IOException, InterruptedException {
    Map<String, String> tags = Map.of(MlflowRun.SWEEP, sweep.value(), MlflowRun.TRIAL, run.trial());
    String id = client.create(experiment, run.name(), run.start(), tags);
    return new Known(id, new HashMap<>(tags));
  }

  private void log(MlflowRun run, Known there) throws IOException, InterruptedException {
    client.log(there.id(), List.of(), run.params(), run.tags());
    inBatches(there.id(), run.metrics());
    client.end(there.id(), run.status(), System.currentTimeMillis());
    client.tag(there.id(), MlflowRun.LOGGED, run.fingerprint());
    there.tags().put(MlflowRun.LOGGED, run.fingerprint());
  }

  private void inBatches(String run, List<Measured> metrics)
      throws IOException, InterruptedException {
    for (int i = 0; i < metrics.size(); i += MOST_METRICS) {
      List<Measured> batch = metrics.subList(i, Math.min(metrics.size(), i + MOST_METRICS));
      client.log(run, batch, new TreeMap<>(), new TreeMap<>());
    }
  }
}
