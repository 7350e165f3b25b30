package dev.secateur.coordinator.track;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.Origins;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.LossCurves.Curve;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.ReportFiles;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Tracking;
import dev.secateur.protocol.TrialOutcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A sweep of four trials that is told to somebody. */
abstract class TrackingFixture {
  static final SweepId SWEEP = new SweepId("grid-20261127");
  static final int TRIALS = 4;
  static final String SECRET = "SECATEUR_TRACKING_SECRET";
  private static final Tracker.Patience NONE =
      new Tracker.Patience(Duration.ofMillis(1), Duration.ofMillis(20));

  @TempDir Path folder;

  final RunFolders files = new RunFolders();
  final List<Notice> notices = new CopyOnWriteArrayList<>();
  final Map<String, String> environment = new HashMap<>(Map.of(SECRET, "s3cret-value"));
  private final List<Tracker> trackers = new CopyOnWriteArrayList<>();

  @AfterEach
  void closeTrackers() {
    trackers.forEach(Tracker::close);
  }

  Tracker tracker() {
    UnaryOperator<String> variables = environment::get;
    Tracker tracker = new Tracker(files, notices::add, variables, NONE);
    trackers.add(tracker);
    return tracker;
  }

  static Tracking mlflow(String url) {
    return new Tracking(url, "the experiment", "https://api.example", "", "");
  }

  /**
   * Results of trials of which some failed.
   *
   * @param failed what failed, by index of trial
   */
  static SweepResults results(int completed, Map<Integer, String> failed) {
    String text =
        """
        name = grid, models = ["/models/a"], ratios = [0.25, 0.5], criteria = [l2, taylor-element1]
        recovery { steps = 5 }
        labels { team = nlp, baseline = "" }, notes = "two\\nlines"
        """;
    FakeSources sources = new FakeSources("/models");
    SweepConfig config = SweepConfigReader.read(text, "sweep.conf", sources);
    SweepPlan plan = SweepPlanner.plan(config, sources);
    Map<StageKey, StageState.Result> results = new HashMap<>();
    plan.stages()
        .forEach(
            stage ->
                results.put(
                    stage.key(),
                    new StageState.Result(
                        new ArtifactRef(stage.key(), stage.kind(), "sha", 1),
                        Map.of("perplexity", 12.5, "a task (5-shot).acc", 0.5),
                        2.0,
                        false,
                        Map.of())));
    Map<Integer, TrialOutcome> complete =
        IntStream.range(0, completed)
            .boxed()
            .collect(Collectors.toMap(i -> i, i -> outcome(failed.get(i))));
    Provenance provenance =
        Provenance.of(
            new SweepEvent.SweepSubmitted(
                SWEEP,
                plan,
                "/runs/grid",
                10,
                IdempotencyKey.NONE,
                Instant.parse("2026-11-27T10:00:00Z"),
                Origins.of("secateur submit sweep.conf", "client", text, config, "ana")));
    return SweepResults.of(SWEEP, plan, results, complete, Map.of()).with(provenance);
  }

  private static TrialOutcome outcome(String failure) {
    return failure == null ? new TrialOutcome.Succeeded() : new TrialOutcome.Failed(failure);
  }

  static Snapshot running(int completed) {
    return snapshot(completed, Map.of(), false, LossCurves.NONE);
  }

  static Snapshot ended() {
    return ended(Map.of());
  }

  static Snapshot ended(Map<Integer, String> failed) {
    Curve curve =
        new Curve(
            1, "recovered", List.of(1, 2, 3), List.of(3.0, 2.0, 1.5), List.of(3), List.of(1.7));
    return snapshot(TRIALS, failed, true, new LossCurves(List.of(curve), List.of()));
  }

  private static Snapshot snapshot(
      int completed, Map<Integer, String> failed, boolean ended, LossCurves curves) {
    return new Snapshot(
        results(completed, failed),
        IntStream.range(0, completed).boxed().collect(Collectors.toSet()),
        ended,
        curves);
  }

  /** The results of the snapshot in the run folder, as the reporter writes them before. */
  void written(Snapshot snapshot) throws IOException {
    ReportFiles.writeResults(snapshot.results(), folder, files);
    ReportFiles.writeCurves(snapshot.curves(), folder, files);
  }

  boolean isPending() throws IOException {
    return files.find(folder, Pending.FILE).isPresent();
  }

  List<String> events() {
    return notices.stream().map(Notice::event).toList();
  }
}
