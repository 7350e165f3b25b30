package dev.secateur.coordinator.track;

import dev.secateur.coordinator.config.OneLine;
import dev.secateur.coordinator.report.GridPoint;
import dev.secateur.coordinator.report.LossCurves.Curve;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.TrialSettings;
import dev.secateur.protocol.Tracking;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A trial as a run of MLflow. The same results make the same run: a fingerprint shows what was
 * logged before.
 *
 * @param trial its identity there: the sweep's id, and a hash of its model and stages
 * @param start in milliseconds since 1970
 */
record MlflowRun(
    String trial,
    String name,
    long start,
    SortedMap<String, String> params,
    List<Measured> metrics,
    SortedMap<String, String> tags,
    String status) {
  static final String SWEEP = "secateur.sweep";
  static final String TRIAL = "secateur.trial";
  static final String LOGGED = "secateur.logged";

  /** The most characters of a value, as all servers take it. */
  private static final int LONGEST = 480;

  private static final String NOTE = "mlflow.note.content";

  /** So that it is below 5000 bytes in any writing. */
  private static final int LONGEST_NOTE = 1_200;

  /** The most points of a curve; of a longer one every n-th. */
  private static final int MOST_POINTS = 2_000;

  private static final String ON_THE_WAY = "recovered@";

  /**
   * A metric.
   *
   * @param timestamp in milliseconds since 1970; the sweep's, so that the same is logged once
   */
  record Measured(String key, double value, long timestamp, long step) {}

  /** Of a trial that is complete. */
  static MlflowRun of(SweepResults sweep, TrialResult trial, Tracking tracking) {
    long start = millis(sweep.provenance().submitted());
    return new MlflowRun(
        sweep.sweep().value() + "/" + hash(trial.model() + trial.stages()),
        OneLine.of(trial.title(), LONGEST),
        start,
        params(trial),
        metrics(trial, start),
        tags(sweep, trial, tracking),
        trial.failure().isEmpty() ? "FINISHED" : "FAILED");
  }

  private static long millis(String time) {
    return time.isEmpty() ? 0 : Instant.parse(time).toEpochMilli();
  }

  private static SortedMap<String, String> params(TrialResult trial) {
    GridPoint point = trial.point();
    SortedMap<String, String> params = new TreeMap<>();
    params.put("model", trial.model());
    params.put("strategy", point.way());
    params.put("ratio", point.ratio().toPlainString());
    params.put("criterion", point.criterion().label());
    params.put("aggregation", point.aggregation().label());
    params.put("scope", point.scope().label());
    params.put("target", point.target().label());
    params.put("steps", String.valueOf(point.steps()));
    params.put("uniform", String.valueOf(point.uniform()));
    params.put("layers", point.layers());
    trial.compute().required().ifPresent(type -> params.put("compute", type.label()));
    trial.settings().forEach((key, value) -> params.put(name(key), TrialSettings.text(value)));
    params.replaceAll((key, value) -> OneLine.of(value, LONGEST));
    return params;
  }

  private static List<Measured> metrics(TrialResult trial, long start) {
    List<Measured> all = new ArrayList<>();
    trial
        .metrics()
        .forEach(
            (role, measured) -> {
              boolean onTheWay = role.startsWith(ON_THE_WAY);
              long step = onTheWay ? Long.parseLong(role.substring(ON_THE_WAY.length())) : 0;
              String group = onTheWay ? "recovered-by-steps" : name(role);
              measured.forEach(
                  (metric, value) ->
                      all.add(new Measured(group + "/" + name(metric), value, start, step)));
            });
    all.add(new Measured("seconds", trial.seconds(), start, 0));
    return List.copyOf(all);
  }

  /** A training's losses by step. */
  static List<Measured> losses(Curve curve, long start) {
    List<Measured> all = new ArrayList<>();
    add(all, curve.model() + "/loss", curve.steps(), curve.loss(), start);
    add(
        all,
        curve.model() + "/validation-loss",
        curve.validationSteps(),
        curve.validationLoss(),
        start);
    return all;
  }

  private static void add(
      List<Measured> all, String key, List<Integer> steps, List<Double> values, long start) {
    int stride = 1 + (values.size() - 1) / MOST_POINTS;
    for (int i = 0; i < values.size(); i += stride) {
      all.add(new Measured(key, values.get(i), start, steps.get(i)));
    }
  }

  private static SortedMap<String, String> tags(
      SweepResults sweep, TrialResult trial, Tracking tracking) {
    SortedMap<String, String> tags = new TreeMap<>();
    tags.put("secateur.name", sweep.name());
    tags.put("secateur.index", String.valueOf(trial.trial()));
    tags.put("secateur.failure", trial.failure());
    tags.put("secateur.not-recovered", trial.notRecovered());
    Provenance provenance = sweep.provenance();
    tags.put("mlflow.user", provenance.owner());
    tags.put(NOTE, provenance.notes());
    tags.put("mlflow.source.name", provenance.command());
    provenance.labels().forEach((label, value) -> tags.put("secateur.label." + label, value));
    String api = tracking.links().replaceFirst("/+$", "") + "/api/v1/";
    tags.put("secateur.results", api + "sweeps/" + sweep.sweep().value() + "/results");
    for (String role : List.of("recipe", "compensation", "adapter", "checkpoint", "scores")) {
      Optional.ofNullable(trial.stages().get(role))
          .ifPresent(key -> tags.put("secateur.artifact." + role, api + "artifacts/" + key));
    }
    tags.values().removeIf(String::isEmpty);
    tags.replaceAll(
        (key, value) ->
            key.equals(NOTE)
                ? value.substring(0, Math.min(value.length(), LONGEST_NOTE))
                : OneLine.of(value, LONGEST));
    return tags;
  }

  /** Letters, digits, '.', '_', '-' and spaces are allowed in names there. */
  private static String name(String text) {
    return text.replaceAll("[^A-Za-z0-9._ -]", "_");
  }

  /** The same where all of it is the same. */
  String fingerprint() {
    return hash(params.toString() + metrics + tags + status);
  }

  static String hash(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
