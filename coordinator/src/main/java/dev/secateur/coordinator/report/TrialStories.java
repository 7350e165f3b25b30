package dev.secateur.coordinator.report;

import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.events.Plans;
import dev.secateur.coordinator.report.TrialStory.Attempt;
import dev.secateur.coordinator.report.TrialStory.Attempt.Course;
import dev.secateur.coordinator.report.TrialStory.Attempt.Course.Ending;
import dev.secateur.coordinator.report.TrialStory.StageStory;
import dev.secateur.coordinator.report.TrialStory.StageStory.Standing;
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
            .map(
                stage ->
                    new StageStory(
                        stage.key().value(),
                        stage.kind().label(),
                        words.of(stage.key()),
                        standing(stage.key(), found.contains(stage.key())),
                        attempts.getOrDefault(stage.key(), List.of())))
            .toList();
    boolean begun = stages.stream().map(StageStory::standing).anyMatch(Standing::isBegun);
    Optional<SweepEvent.TrialCompleted> end = Optional.ofNullable(ends.get(trial.stages()));
    Optional<String> failure = end.flatMap(SweepEvent.TrialCompleted::failure);
    String status = begun ? "running" : "waiting";
    if (end.isPresent()) {
      status = failure.isPresent() ? "failed" : "completed";
    }
    String reason = failure.orElseGet(() -> skipped.getOrDefault(trial.stages(), ""));
    return new TrialStory(sweep.value(), index, StageWords.of(trial), status, reason, stages);
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
  private Standing standing(StageKey key, boolean found) {
    if (done.containsKey(key)) {
      return new Standing.Done(done.get(key));
    } else if (found) {
      return new Standing.Found();
    } else if (attempts.getOrDefault(key, List.of()).stream().anyMatch(Attempt::isRunning)) {
      return Standing.WithoutResult.RUNNING;
    }
    return failed.contains(key) ? Standing.WithoutResult.FAILED : Standing.WithoutResult.WAITING;
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
                new Course.Running()));
      };
    }

    @Override
    public Runnable stageCompleted(SweepEvent.StageCompleted event) {
      return () -> {
        done.put(event.stage(), event);
        failed.remove(event.stage());
        ended(event, new Course.Completed(time, event.reused()));
      };
    }

    @Override
    public Runnable stageRetried(SweepEvent.StageRetried event) {
      return () -> unsuccessful(event, Ending.RETRIED, event.message());
    }

    @Override
    public Runnable stageFailed(SweepEvent.StageFailed event) {
      return () -> {
        failed.add(event.stage());
        unsuccessful(event, Ending.FAILED, event.message());
      };
    }

    @Override
    public Runnable leaseVoided(SweepEvent.LeaseVoided event) {
      return () -> unsuccessful(event, Ending.GIVEN_BACK, event.reason());
    }

    @Override
    public Runnable leaseExpired(SweepEvent.LeaseExpired event) {
      return () ->
          unsuccessful(event, Ending.EXPIRED, "no heartbeat for " + event.seconds() + " s");
    }

    @Override
    public Runnable workerCrashed(SweepEvent.WorkerCrashed event) {
      return () -> unsuccessful(event, Ending.CRASHED, event.lastWords());
    }

    @Override
    public Runnable artifactLost(SweepEvent.ArtifactLost event) {
      return () -> {
        done.remove(event.input());
        lost.add(event.input());
        unsuccessful(event, Ending.INPUT_LOST, "stage " + event.input().brief() + " is lost");
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

    private void unsuccessful(SweepEvent.OfStage event, Ending how, String why) {
      ended(event, new Course.Unsuccessful(time, how, why));
    }

    private void ended(SweepEvent.OfStage event, Course how) {
      Integer place = places.get(event.lease());
      if (place != null) {
        List<Attempt> tries = attempts.get(leases.get(event.lease()));
        tries.set(place, tries.get(place).with(how));
      }
    }
  }
}
