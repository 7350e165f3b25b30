package dev.secateur.coordinator;

import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.Export;
import dev.secateur.protocol.ExportSpec;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Selection;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageShare;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.TrainingSpec;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.TrialOutcome;
import dev.secateur.protocol.Tuning;
import dev.secateur.protocol.WorkerId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An event of every kind, as a coordinator journals it. */
final class JournalSamples {
  static List<SweepEvent> samples() {
    SweepId sweep = new SweepId("quickstart-1");
    StageKey key = new StageKey("0123456789abcdef");
    WorkerId worker = new WorkerId("local/1", "a");
    return List.of(
        new SweepEvent.SweepSubmitted(
            sweep,
            plan(),
            "/runs/1",
            10,
            new IdempotencyKey("key"),
            Instant.parse("2026-01-01T00:00:00.5Z"),
            Origin.UNKNOWN),
        new SweepEvent.StageLeased(sweep, new Lease(7, key, 2, worker), StageKind.PRUNING),
        new SweepEvent.StageCompleted(
            7,
            worker,
            new ArtifactRef(key, StageKind.PRUNING, "sha", 12),
            Map.of("perplexity", 12.5),
            1.25,
            true,
            Map.of()),
        new SweepEvent.StageRetried(7, key, StageKind.RECOVERY, FailureKind.INTERNAL, "why"),
        new SweepEvent.StageFailed(7, key, StageKind.RECOVERY, FailureKind.NUMERIC, "why"),
        new SweepEvent.LeaseVoided(7, key, StageKind.EXPORT, "why"),
        new SweepEvent.RecoverySkipped(sweep, 3, "why"),
        new SweepEvent.TrialCompleted(sweep, 3, new TrialOutcome.Failed("why")),
        new SweepEvent.SweepCompleted(sweep, 18, 1),
        new SweepEvent.SweepCancelled(sweep, "why"),
        new SweepEvent.SweepPaused(sweep),
        new SweepEvent.SweepResumed(sweep),
        new SweepEvent.SweepStopping(sweep),
        new SweepEvent.SweepStopped(sweep),
        new SweepEvent.WorkerDraining(worker),
        new SweepEvent.ArtifactLost(7, key, StageKind.PRUNING, new StageKey("fedcba9876543210")),
        new SweepEvent.TrialsRetried(sweep, List.of(3, 5)),
        new SweepEvent.LeaseExpired(7, key, StageKind.RECOVERY, 60),
        new SweepEvent.WorkerCrashed(7, key, StageKind.RECOVERY, worker, "signal 11"),
        new SweepEvent.ResultsWritten(sweep),
        new SweepEvent.SweepReplanned(
            sweep,
            new CodeVersion(6),
            new CodeVersion(7),
            "digest",
            Map.of(key, new StageKey("fedcba9876543210"))),
        new SweepEvent.SweepExtended(
            sweep, plan(), Origin.UNKNOWN, Instant.parse("2026-01-01T00:00:00.5Z")),
        new SweepEvent.SweepReprioritized(sweep, 20),
        new SweepEvent.SweepDeleted(sweep),
        new SweepEvent.WorkerUndrained(worker));
  }

  /** A plan with a stage of every kind, written out so that no key that is computed enters it. */
  static SweepPlan plan() {
    ModelRef model = new ModelRef("a", "/models/a", "hash-of-a", 32);
    TextRef text = new TextRef("wordnet", "wordnet-3.1");
    LayerSpan span = new LayerSpan(4, 30);
    Point point =
        new Point(
            Strategy.BLOCK,
            span,
            span,
            new BigDecimal("0.25"),
            Criterion.TAYLOR_ELEMENT2,
            Aggregation.SUM,
            Scope.GLOBAL,
            Target.PARAMETERS,
            4);
    SweepConfig asked = asked("never", "start"); // of stages planned before there was a choice
    Samples samples = asked.calibration().samples();
    Tuning tuning = asked.recovery().orElseThrow().tuning();
    List<StageSpec> specs =
        List.of(
            new DiscoverySpec(model),
            new EstimationSpec(
                model,
                key("discovery"),
                point.strategy(),
                span,
                span,
                List.of(point.criterion()),
                samples,
                new StageShare.Merge(List.of(key("part"))),
                Precision.FLOAT32),
            new PruningSpec(
                model,
                new PruningSpec.Scored(key("discovery"), key("estimation")),
                point,
                new Selection.Stepwise(samples, Precision.FLOAT32)),
            new RecoverySpec(model, key("pruning"), text, tuning, 42),
            new TrainingSpec(model, key("pruning"), text, tuning, 1e-3, 0.1, 42),
            asked.evaluation().of(model, new Subject.Trained(key("pruning"), key("training"))),
            new ExportSpec(
                model,
                new Subject.Recovered(key("pruning"), key("recovery")),
                new Export.Checkpoint()));
    List<Stage> stages = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      StageKind kind = StageKind.values()[i];
      stages.add(
          new Stage(
              key(kind.label()),
              kind,
              specs.get(i),
              List.of(key("input")),
              new MemoryNeed.Unknown()));
    }
    Trial trial =
        new Trial(
            0,
            model,
            point,
            key("before"),
            key("pruning"),
            key("after"),
            Map.of(
                Trial.Extra.RECOVERY,
                key("recovery"),
                Trial.Extra.RECOVERED,
                key("recovered"),
                Trial.Extra.TRAINING,
                key("training"),
                Trial.Extra.TRAINED,
                key("trained")),
            List.of(key("pruning")),
            List.of());
    RecoveryBound when = new RecoveryBound(40, 3);
    return new SweepPlan(
        "sweep", "digest", List.of(trial), stages, when, 3, Map.of(), CodeVersion.UNNAMED);
  }

  /** Settings as a sweep asks for them, so that a new one has its default here. */
  static SweepConfig asked(String beginToken, String perplexityBegin) {
    return SweepConfigReader.read(
        """
        models = [a], ratios = [0.5], seed = 42
        calibration { sampling = window, samples = 10, length = 64, token-fisher = true }
        recovery {
          template = plain, train-on-inputs = true, targets = [q_proj]
          steps = 60, epochs = 2, batch = 16, micro-batch = 4
          learning-rate = 1e-3, warmup = 6, schedule = cosine, weight-decay = 0.01
          rank = 8, alpha = 16, dropout = 0.05, cutoff = 96
          validation { rows = 100, every = 10, patience = 3 }
          checkpointing = true, precision = bfloat16
        }
        evaluation {
          window = 128, windows = 160, tasks = wordnet, questions = 100
          choice-tasks = [{
            name = own, file = wordnet, template = "{q}", choices = ["{a}", "{b}"], answer = answer
            normalised = true
          }]
          latency { batch = 1, length = 64, generated = 32, warmup = 3, repetitions = 10 }
          generate { prompts = [Once], max-tokens = 64, temperature = 1, top-k = 50, top-p = 0.95 }
          begin-token = %s, perplexity-begin = %s
        }
        """
            .formatted(beginToken, perplexityBegin),
        "sweep.conf",
        new FakeSources("/models") {
          @Override
          public TextRef text(String name) {
            return new TextRef(name, "wordnet-3.1"); // as the golden events have it
          }
        });
  }

  static StageKey key(String value) {
    return new StageKey(value);
  }

  private JournalSamples() {}
}
