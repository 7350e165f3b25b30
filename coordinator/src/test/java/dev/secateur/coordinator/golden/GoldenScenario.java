package dev.secateur.coordinator.golden;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.coordinator.schedule.Extensions;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.coordinator.schedule.Upgrade;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Extend;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.WorkerId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A cluster's life that leaves every kind of event in the journal, and sweeps in every state: what
 * the coordinator decides, without an actor.
 */
public final class GoldenScenario {
  private static final Outcome BROKEN = new Outcome.Failed(FailureKind.INTERNAL, "disk full");
  private static final Outcome WRONG = new Outcome.Failed(FailureKind.INPUT, "no such column");

  private final List<SweepEvent> events = new ArrayList<>();
  private CoordinatorState state = CoordinatorState.empty();

  private GoldenScenario() {}

  public static List<SweepEvent> events() {
    GoldenScenario scenario = new GoldenScenario();
    scenario.planAnew();
    scenario.finish();
    scenario.delete();
    scenario.extend();
    scenario.stop();
    scenario.cancel();
    scenario.pause();
    scenario.study();
    scenario.compensate();
    scenario.leaveOpen();
    return List.copyOf(scenario.events);
  }

  private void happen(List<? extends SweepEvent> more) {
    for (SweepEvent event : more) {
      state = state.apply(event);
      events.add(event);
    }
  }

  private SweepState submit(String name, String text) {
    return submit(name, text, CodeVersion.CURRENT);
  }

  private SweepState submit(String name, String text, CodeVersion version) {
    happen(
        Decisions.submit(
            state,
            new Submit(
                new SweepId(name + "-1"),
                plan(name, text, version),
                "/runs/" + name + "-1",
                false,
                10,
                new IdempotencyKey("key of " + name),
                Instant.parse("2026-01-01T00:00:00Z"),
                origin(name, text),
                null)));
    return sweep(name);
  }

  private static SweepPlan plan(String name, String text, CodeVersion version) {
    FakeSources sources = new FakeSources("/models");
    return SweepPlanner.plan(
        SweepConfigReader.read("name = " + name + "\n" + text, "sweep.conf", sources),
        sources,
        version);
  }

  private static Origin origin(String name, String text) {
    return new Origin("secateur submit " + name + ".conf", "secateur/1", text, "{\"seed\":42}");
  }

  private SweepState sweep(String name) {
    return state.sweeps().get(new SweepId(name + "-1"));
  }

  /** A sweep of the version before, with a stage that is done and one that is leased. */
  private void planAnew() {
    CodeVersion before = new CodeVersion(CodeVersion.CURRENT.number() - 1);
    submit("replanned", "models = [f], ratios = [0.5], criteria = [l2]", before);
    succeed(lease("one", before), 20);
    lease("one", before);
    happen(Upgrade.to(CodeVersion.CURRENT, state));
    succeed(lease("one"), 20);
    happen(Decisions.pause(state, sweep("replanned")));
  }

  /** A sweep of one trial, done, with its results. */
  private void finish() {
    submit("finished", "models = [a], ratios = [0.5], criteria = [l2], export = true");
    while (sweep("finished") != null) {
      succeed(lease("one"), 20);
    }
    happen(List.of(new SweepEvent.ResultsWritten(new SweepId("finished-1"))));
  }

  /** A sweep that was cancelled, and of which nothing is to be known any more. */
  private void delete() {
    SweepState sweep = submit("deleted", "models = [g], ratios = [0.5], criteria = [l2]");
    happen(Decisions.cancel(state, sweep));
    happen(List.of(new SweepEvent.ResultsWritten(sweep.id())));
    happen(Decisions.delete(state, sweep.id()));
  }

  /**
   * What a study has: a dense model, seeds, further texts, adapters on their way, scores of a file.
   */
  private void study() {
    submit(
        "study",
        """
        models = [k], ratios = [0, 0.5], strategies = [block, expert], seeds = [1, 2]
        criteria = [l2, usage, "scores:mine.safetensors"]
        recovery = [off, { rows = 10, steps = 4, evaluate-every = 2 }]
        evaluation.texts = [{ text = long, name = long, window = 256 }]
        """);
    succeed(lease("one"), 20);
    happen(Decisions.pause(state, sweep("study")));
  }

  /** Orders by loss, a budget by profiles, refitted matrices, equal widths, GGUF files. */
  private void compensate() {
    submit(
        "compensated",
        """
        models = [k], criteria = [obs], export = [hf, gguf]
        compensation = [none, least-squares, least-squares-outputs]
        ratios = [0.25], scopes = [local, measured], ridge = 0.3, climbing = [0, 4]
        targets = [parameters, latency], timing.device = cpu, calibration.samples = 64
        trials = [{ name = even, ratio = 0.5, criterion = l2, scope = local, uniform = true }]
        recovery { rows = 10 }
        """);
    succeed(lease("one"), 20);
    happen(Decisions.pause(state, sweep("compensated")));
  }

  /** A sweep of one trial, which is done, and of another one that is added, with a time-out. */
  private void extend() {
    submit("extended", "models = [h], ratios = [0.5], criteria = [l2, random]");
    while (sweep("extended").completed().isEmpty()) {
      succeed(lease("one"), 20);
    }
    String more =
        "models = [h], ratios = [0.25, 0.5], criteria = [l2, random], timeouts { pruning = 2 h }";
    happen(
        Extensions.extend(
            state,
            new Extend(
                new SweepId("extended-1"),
                plan("extended", more, CodeVersion.CURRENT),
                Instant.parse("2026-01-02T00:00:00Z"),
                origin("extended", more),
                null),
            Optional.empty()));
    happen(Decisions.reprioritize(sweep("extended"), 20));
    while (!has(StageKind.PRUNING)) {
      succeed(lease("one"), 20);
    }
    Lease late = lease("one");
    Instant begun = Instant.parse("2026-01-02T00:00:00Z");
    happen(
        Decisions.overdue(
            state, Map.of(late.id(), begun), begun.plus(Duration.ofHours(2)).plusMillis(1)));
    happen(Decisions.pause(state, sweep("extended")));
  }

  /** A sweep that was stopped, and whose results are not written yet. */
  private void stop() {
    SweepState sweep = submit("stopped", "models = [b], ratios = [0.5], criteria = [l2]");
    Lease lease = lease("one");
    happen(Decisions.stop(state, sweep));
    succeed(lease, 20);
  }

  private void cancel() {
    submit("cancelled", "models = [c], ratios = [0.5], criteria = [l2]");
    lease("one");
    happen(Decisions.cancel(state, sweep("cancelled")));
    happen(List.of(new SweepEvent.ResultsWritten(new SweepId("cancelled-1"))));
  }

  private void pause() {
    submit("paused", "models = [d], ratios = [0.1], criteria = [random]");
    succeed(lease("one"), 20);
    happen(Decisions.pause(state, sweep("paused")));
  }

  /** A sweep with stages that are done, leased, failed, waiting and out of the question. */
  private void leaveOpen() {
    submit(
        "open",
        """
        models = [e], ratios = [0.25, 0.5, 0.75], criteria = [taylor-element2], steps = [1, 2]
        calibration { parts = 2 }
        recovery {
          ratios = [0.25, 0.5], steps = 60, scratch { learning-rate = 1e-3 }
          validation { rows = 100, every = 10, patience = 3 }, when { perplexity = 30 }
        }
        evaluation {
          tasks = wordnet, latency { batch = 1 }, generate { prompts = ["Once"] }
          choice-tasks = [{ name = own, file = rows, template = "{q}", choices = ["{a}", "{b}"], answer = right }]
        }
        memory { estimation = 1 GiB }
        export = true
        """);
    report(lease("one"), BROKEN);
    report(lease("two"), BROKEN);
    succeed(lease("three"), 20);
    happen(Decisions.pause(state, sweep("open")));
    happen(Decisions.resume(state, sweep("open")));
    Lease lost = lease("two");
    happen(Decisions.expire(state, Set.of(lost.id()), 60));
    happen(Decisions.endedWith(state, worker("two", 2), "signal 11"));
    happen(Decisions.drain(state, worker("drained", 1)));
    happen(Decisions.drain(state, worker("undrained", 1)));
    happen(Decisions.undrain(state, worker("undrained", 1)));
    Lease given = lease("one");
    happen(Decisions.left(state, given.worker()));
    while (!has(StageKind.PRUNING)) {
      succeed(lease("three"), 20);
    }
    Lease pruning = lease("one");
    PruningSpec spec = (PruningSpec) stage(pruning).spec();
    report(pruning, new Outcome.InputLost(spec.scores().orElseThrow()));
    StageKey notWorthIt = sweep("open").plan().trials().get(0).after();
    while (!has(StageKind.RECOVERY)) {
      Lease lease = lease("three");
      succeed(lease, lease.stage().equals(notWorthIt) ? 40 : 25);
    }
    report(lease("one"), WRONG);
    happen(Decisions.retryFailed(sweep("open")));
    report(lease("two"), WRONG);
    succeed(lease("three"), 20);
    lease("three");
    Lease silent = lease("four");
    happen(Decisions.expire(state, Set.of(silent.id()), 60));
  }

  /** Whether the next stage is of that kind. */
  private boolean has(StageKind kind) {
    return next("probe", CodeVersion.CURRENT).orElseThrow().kind() == kind;
  }

  private Optional<SweepEvent.StageLeased> next(String worker, CodeVersion version) {
    Assignments.Candidate candidate =
        new Assignments.Candidate(
            worker(worker, 1),
            new Capabilities(
                "cpu", 1L << 34, Set.of(Precision.values()), Map.of(), Set.of(), version));
    return Assignments.of(state, List.of(candidate), List.of(candidate)).stream().findFirst();
  }

  private Lease lease(String worker) {
    return lease(worker, CodeVersion.CURRENT);
  }

  private Lease lease(String worker, CodeVersion version) {
    SweepEvent.StageLeased leased = next(worker, version).orElseThrow();
    happen(List.of(leased));
    return leased.lease();
  }

  private static WorkerId worker(String name, int life) {
    return new WorkerId("host/" + name, "life " + life);
  }

  private Stage stage(Lease lease) {
    return state.stage(lease.stage()).orElseThrow().stage();
  }

  private void succeed(Lease lease, double perplexity) {
    report(
        lease,
        new Outcome.Succeeded(
            new ArtifactRef(lease.stage(), stage(lease).kind(), "sha of " + lease.id(), 100),
            Map.of("perplexity", perplexity, "parameters_before", 8.0, "parameters_after", 4.0),
            1.5,
            lease.id() % 5 == 0,
            Map.of("worker", lease.worker().name(), "device", "cpu")));
  }

  private void report(Lease lease, Outcome outcome) {
    happen(Decisions.report(state, lease.worker(), lease.id(), outcome));
  }
}
