package dev.secateur.coordinator.report;

import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.events.Plans;
import dev.secateur.coordinator.report.TrialStory.Attempt;
import dev.secateur.coordinator.report.TrialStory.StageStory;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Builds the history of one trial from the journal's events, given in order from the first
 * submission of its sweep. The same stages computed by other sweeps count too.
 */
public final class TrialStories {
  private final SweepId sweep;
  private final int index;
  private final Map<StageKey, List<Attempt>> attempts = new HashMap<>();
  private final Map<Long, StageKey> leases = new HashMap<>();
  private final Map<Long, Integer> places = new HashMap<>();
  private final Map<StageKey, SweepEvent.StageCompleted> done = new HashMap<>();
  private final Set<StageKey> failed = new HashSet<>();
  private final Set<StageKey> lost = new HashSet<>();

  /** Of all trials, by their stages: an extension renumbers trials. */
  private final Map<List<StageKey>, SweepEvent.TrialCompleted> ends = new HashMap<>();

  private final Map<List<StageKey>, String> skipped = new HashMap<>();
  private SweepPlan plan; // null before the submission
  private boolean over;

  public TrialStories(SweepId sweep, int index) {
    this.sweep = sweep;
    this.index = index;
  }

  /** The next event of the journal. */
  public void hear(JournalledEvent event) {
    if (event.event() instanceof SweepEvent.OfSweep one && one.sweep().equals(sweep)) {
      plan = Plans.after(event.event(), Optional.ofNullable(plan)).orElse(null);
    }
    event.event().as(new Heard(event.time())).run();
  }

  /** Whether its sweep has ended, so that nothing more comes unless it is submitted again. */
  public boolean isOver() {
    return over;
  }

  /** The story, where the sweep has such a trial. */
  public Optional<TrialStory> story() {
    return Optional.ofNullable(plan)
        .flatMap(
            all ->
                all.trials().stream()
                    .filter(trial -> trial.index() == index)
                    .findFirst()
                    .map(trial -> story(all, trial)));
  }

  private TrialStory story(SweepPlan all, Trial trial) {
    StageWords words = new StageWords(all);
    Set<StageKey> own = new HashSet<>(trial.stages());
    Set<StageKey> found = found(all, trial);
    List<StageStory> stages =
        all.stages().stream()
            .filter(stage -> own.contains(stage.key()))
            .map(stage -> story(stage, words, found.contains(stage.key())))
            .toList();
    boolean begun =
        stages.stream()
            .filter(stage -> !found.contains(new StageKey(stage.stage())))
            .anyMatch(stage -> !stage.status().equals("waiting"));
    Optional<SweepEvent.TrialCompleted> end = Optional.ofNullable(ends.get(trial.stages()));
    Optional<String> failure = end.flatMap(SweepEvent.TrialCompleted::failure);
    Optional<String> notRecovered = Optional.ofNullable(skipped.get(trial.stages()));
    String status = begun ? "running" : "waiting";
    if (end.isPresent()) {
      status = failure.isPresent() ? "failed" : "completed";
    }
    return new TrialStory(
        sweep.value(), index, StageWords.of(trial), status, failure.or(() -> notRecovered), stages);
  }

  /**
   * Stages that were done before the first event that was heard: nothing is told of them, but they
   * have been read since, or the trial has succeeded.
   */
  private Set<StageKey> found(SweepPlan all, Trial trial) {
    Set<StageKey> found = new HashSet<>();
    SweepEvent.TrialCompleted end = ends.get(trial.stages());
    if (end != null && end.failure().isEmpty()) {
      boolean recovered = !skipped.containsKey(trial.stages());
      trial.stages().stream()
          .filter(key -> isUntold(key) && (recovered || !trial.ofRecovery().contains(key)))
          .forEach(found::add);
    }
    List<Stage> readersFirst = new ArrayList<>(all.stages());
    Collections.reverse(readersFirst);
    for (Stage stage : readersFirst) {
      if (!isUntold(stage.key()) || found.contains(stage.key())) {
        stage.inputs().stream().filter(this::isUntold).forEach(found::add);
      }
    }
    return found;
  }

  private boolean isUntold(StageKey key) {
    return !attempts.containsKey(key)
        && !done.containsKey(key)
        && !failed.contains(key)
        && !lost.contains(key);
  }

  /**
   * @param found whether it was done before
   */
  private StageStory story(Stage stage, StageWords words, boolean found) {
    StageKey key = stage.key();
    List<Attempt> tries = attempts.getOrDefault(key, List.of());
    Optional<SweepEvent.StageCompleted> result = Optional.ofNullable(done.get(key));
    boolean runs = tries.stream().anyMatch(one -> one.ended().isEmpty());
    String status = runs ? "running" : failed.contains(key) ? "failed" : "waiting";
    boolean settled = result.isPresent() || failed.contains(key) && !runs;
    return new StageStory(
        key.value(),
        stage.kind().label(),
        words.of(key),
        found || result.isPresent() ? "done" : status,
        found || result.filter(SweepEvent.StageCompleted::reused).isPresent(),
        tries.stream().map(Attempt::begun).findFirst(),
        settled && !tries.isEmpty() ? tries.get(tries.size() - 1).ended() : Optional.empty(),
        result.map(SweepEvent.StageCompleted::seconds),
        result.map(SweepEvent.StageCompleted::metrics).orElse(Map.of()),
        tries);
  }

  /** What an event changes. */
  private final class Heard implements SweepEventCases.Some<Runnable> {
    private final Instant time;

    private Heard(Instant time) {
      this.time = time;
    }

    @Override
    public Runnable sweepSubmitted(SweepEvent.SweepSubmitted event) {
      return ofOwn(
          event,
          () -> {
            ends.clear();
            skipped.clear();
            over = false;
            failed.clear();
          });
    }

    /** What had failed is retried, and what was not recovered looked at again. */
    @Override
    public Runnable sweepExtended(SweepEvent.SweepExtended event) {
      return ofOwn(
          event,
          () -> {
            ends.values().removeIf(one -> one.failure().isPresent());
            ends.keySet().removeAll(skipped.keySet());
            skipped.clear();
            over = false;
            failed.clear();
          });
    }

    @Override
    public Runnable sweepReplanned(SweepEvent.SweepReplanned event) {
      return ofOwn(
          event,
          () -> {
            ends.clear();
            skipped.clear();
          });
    }

    @Override
    public Runnable trialsRetried(SweepEvent.TrialsRetried event) {
      return ofOwn(
          event,
          () -> {
            for (int trial : event.trials()) {
              ends.remove(stages(trial));
              stages(trial).forEach(failed::remove);
            }
          });
    }

    @Override
    public Runnable stageLeased(SweepEvent.StageLeased event) {
      return () -> {
        StageKey stage = event.lease().stage();
        List<Attempt> tries = attempts.computeIfAbsent(stage, key -> new ArrayList<>());
        leases.put(event.lease().id(), stage);
        places.put(event.lease().id(), tries.size());
        tries.add(
            new Attempt(
                event.lease().attempt(),
                event.lease().worker().name(),
                event.sweep().value(),
                time,
                Optional.empty(),
                "running",
                Optional.empty()));
      };
    }

    @Override
    public Runnable stageCompleted(SweepEvent.StageCompleted event) {
      return () -> {
        done.put(event.stage(), event);
        failed.remove(event.stage());
        ended(event, event.reused() ? "reused" : "completed", Optional.empty());
      };
    }

    @Override
    public Runnable stageRetried(SweepEvent.StageRetried event) {
      return () -> ended(event, "retried", Optional.of(event.message()));
    }

    @Override
    public Runnable stageFailed(SweepEvent.StageFailed event) {
      return () -> {
        failed.add(event.stage());
        ended(event, "failed", Optional.of(event.message()));
      };
    }

    @Override
    public Runnable leaseVoided(SweepEvent.LeaseVoided event) {
      return () -> ended(event, "given-back", Optional.of(event.reason()));
    }

    @Override
    public Runnable leaseExpired(SweepEvent.LeaseExpired event) {
      return () ->
          ended(event, "expired", Optional.of("no heartbeat for " + event.seconds() + " s"));
    }

    @Override
    public Runnable workerCrashed(SweepEvent.WorkerCrashed event) {
      return () -> ended(event, "crashed", Optional.of(event.lastWords()));
    }

    @Override
    public Runnable artifactLost(SweepEvent.ArtifactLost event) {
      return () -> {
        done.remove(event.input());
        lost.add(event.input());
        ended(event, "input-lost", Optional.of("stage " + event.input().brief() + " is lost"));
      };
    }

    @Override
    public Runnable recoverySkipped(SweepEvent.RecoverySkipped event) {
      return ofOwn(
          event, () -> skipped.put(stages(event.trial()), "not recovered: " + event.reason()));
    }

    @Override
    public Runnable trialCompleted(SweepEvent.TrialCompleted event) {
      return ofOwn(event, () -> ends.put(stages(event.trial()), event));
    }

    @Override
    public Runnable sweepCompleted(SweepEvent.SweepCompleted event) {
      return ofOwn(event, () -> over = true);
    }

    @Override
    public Runnable sweepStopped(SweepEvent.SweepStopped event) {
      return ofOwn(event, () -> over = true);
    }

    @Override
    public Runnable sweepCancelled(SweepEvent.SweepCancelled event) {
      return ofOwn(event, () -> over = true);
    }

    /** Says nothing of stages. */
    @Override
    public Runnable otherwise(SweepEvent event) {
      return () -> {};
    }

    /** Of a trial, as it is planned now. */
    private List<StageKey> stages(int trial) {
      return plan.trials().get(trial).stages();
    }

    private Runnable ofOwn(SweepEvent.OfSweep event, Runnable change) {
      return event.sweep().equals(sweep) ? change : () -> {};
    }

    private void ended(SweepEvent.OfStage event, String how, Optional<String> why) {
      Integer place = places.get(event.lease());
      if (place != null) {
        attempts
            .get(leases.get(event.lease()))
            .set(place, attempts.get(leases.get(event.lease())).get(place).with(time, how, why));
      }
    }
  }
}
