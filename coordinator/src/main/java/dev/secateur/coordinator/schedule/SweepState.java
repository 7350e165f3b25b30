package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Origin;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.TrialOutcome;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PSortedSet;
import org.pcollections.TreePSet;

/**
 * The state of an unfinished sweep.
 *
 * @param submission as its author sent it
 * @param completed by index of trial, how it ended
 * @param failed how many trials failed
 * @param notRecovered by index of trial, why its pruned model is not worth a recovery
 * @param ready places in the plan of the waiting stages whose inputs are done
 * @param done how many of its stages are done
 * @param found those that were done before it started
 * @param index of the plan
 */
public record SweepState(
    SweepEvent.SweepSubmitted submission,
    SweepStatus status,
    PMap<Integer, TrialOutcome> completed,
    int failed,
    PMap<Integer, String> notRecovered,
    PSortedSet<Integer> ready,
    int done,
    PSet<StageKey> found,
    PlanIndex index) {

  /** The same sweep under another plan, at the beginning again; what it was told to do stays. */
  SweepState anew(PlanIndex other) {
    return begun(submitted(other.plan(), submission.priority(), submission.origin()), other)
        .with(status);
  }

  /**
   * The same sweep with a larger grid. What is done of it stays; which trials are not worth a
   * recovery is asked again, and so are those that failed.
   */
  SweepState extended(SweepEvent.SweepExtended event, PlanIndex other) {
    Map<List<StageKey>, Integer> places = new HashMap<>();
    event.plan().trials().forEach(trial -> places.put(trial.stages(), trial.index()));
    Map<Integer, TrialOutcome> kept = new HashMap<>();
    completed.forEach(
        (trial, outcome) -> {
          Integer place = places.get(plan().trials().get(trial).stages());
          if (place != null && outcome.failure().isEmpty() && !notRecovered.containsKey(trial)) {
            kept.put(place, outcome);
          }
        });
    SweepState begun =
        begun(submitted(event.plan(), submission.priority(), event.origin()), other).with(status);
    return begun.with(HashTreePMap.from(kept), 0).foundAll(found);
  }

  /** The same sweep with another share of the workers. */
  SweepState withPriority(int priority) {
    return new SweepState(
        submitted(plan(), priority, submission.origin()),
        status,
        completed,
        failed,
        notRecovered,
        ready,
        done,
        found,
        index);
  }

  private SweepEvent.SweepSubmitted submitted(SweepPlan plan, int priority, Origin origin) {
    return new SweepEvent.SweepSubmitted(
        submission.sweep(),
        plan,
        submission.runFolder(),
        priority,
        submission.key(),
        submission.at(),
        origin);
  }

  private SweepState foundAll(PSet<StageKey> stages) {
    return new SweepState(
        submission, status, completed, failed, notRecovered, ready, done, stages, index);
  }

  /** A sweep that was just submitted; none of its stages is ready yet. */
  public static SweepState begun(SweepEvent.SweepSubmitted submission) {
    return begun(submission, new PlanIndex(submission.plan()));
  }

  /**
   * @param index of the submission's plan
   */
  static SweepState begun(SweepEvent.SweepSubmitted submission, PlanIndex index) {
    return new SweepState(
        submission,
        SweepStatus.RUNNING,
        HashTreePMap.empty(),
        0,
        HashTreePMap.empty(),
        TreePSet.empty(),
        0,
        HashTreePSet.empty(),
        index);
  }

  /** Where it stands, in a few numbers. */
  public SweepSummary summary(CoordinatorState state) {
    return FinishedSweep.summary(this, status, state.running(id()));
  }

  public SweepId id() {
    return submission.sweep();
  }

  public SweepPlan plan() {
    return submission.plan();
  }

  public String runFolder() {
    return submission.runFolder();
  }

  SweepState with(SweepStatus other) {
    return new SweepState(
        submission, other, completed, failed, notRecovered, ready, done, found, index);
  }

  SweepState with(int trial, TrialOutcome outcome) {
    int failures = failed + (outcome.failure().isPresent() ? 1 : 0) - (hasFailed(trial) ? 1 : 0);
    return with(completed.plus(trial, outcome), failures);
  }

  /** These trials are not complete after all. */
  SweepState without(List<Integer> trials) {
    Set<Integer> gone = new HashSet<>(trials);
    int failures = failed - (int) gone.stream().filter(trial -> hasFailed(trial)).count();
    if (2 * gone.size() < completed.size()) {
      return with(completed.minusAll(gone), failures);
    }
    Map<Integer, TrialOutcome> kept = new HashMap<>(completed);
    kept.keySet().removeAll(gone);
    return with(HashTreePMap.from(kept), failures);
  }

  private boolean hasFailed(int trial) {
    TrialOutcome outcome = completed.get(trial);
    return outcome != null && outcome.failure().isPresent();
  }

  private SweepState with(PMap<Integer, TrialOutcome> others, int failures) {
    return new SweepState(
        submission, status, others, failures, notRecovered, ready, done, found, index);
  }

  SweepState without(int trial, String reason) {
    return new SweepState(
        submission,
        status,
        completed,
        failed,
        notRecovered.plus(trial, reason),
        ready,
        done,
        found,
        index);
  }

  SweepState ready(PSortedSet<Integer> others) {
    return new SweepState(
        submission, status, completed, failed, notRecovered, others, done, found, index);
  }

  SweepState oneMoreDone() {
    return new SweepState(
        submission, status, completed, failed, notRecovered, ready, done + 1, found, index);
  }

  /** After the result of a stage is lost. */
  SweepState oneLessDone(StageKey stage) {
    return new SweepState(
        submission,
        status,
        completed,
        failed,
        notRecovered,
        ready,
        done - 1,
        found.minus(stage),
        index);
  }

  /** A stage was done before the sweep began. */
  SweepState found(StageKey stage) {
    return new SweepState(
        submission, status, completed, failed, notRecovered, ready, done, found.plus(stage), index);
  }

  /** Whether a trial has to wait for a stage. */
  boolean needs(Trial trial, StageKey stage) {
    return !notRecovered.containsKey(trial.index()) || !trial.ofRecovery().contains(stage);
  }

  /** Whether the stage is one of the plan's. */
  public boolean needs(StageKey stage) {
    return index.has(stage);
  }
}
