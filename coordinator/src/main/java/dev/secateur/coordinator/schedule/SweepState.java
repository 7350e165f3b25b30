package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.Trial;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSortedSet;
import org.pcollections.TreePSet;

/**
 * Where an unfinished sweep stands.
 *
 * @param submission what its author asked for
 * @param completed by index of trial, what failed, or nothing where it succeeded
 * @param failed how many trials failed
 * @param notRecovered by index of trial, why its pruned model is not worth a recovery
 * @param ready places in the plan of the stages that wait, and whose inputs are done
 * @param done how many of its stages are done
 * @param index of the plan
 */
public record SweepState(
    SweepEvent.SweepSubmitted submission,
    SweepStatus status,
    PMap<Integer, Optional<String>> completed,
    int failed,
    PMap<Integer, String> notRecovered,
    PSortedSet<Integer> ready,
    int done,
    PlanIndex index) {

  /** The same sweep under another plan, at the beginning again; what it was told to do stays. */
  SweepState anew(PlanIndex other) {
    SweepEvent.SweepSubmitted same =
        new SweepEvent.SweepSubmitted(
            submission.sweep(),
            other.plan(),
            submission.runFolder(),
            submission.priority(),
            submission.key(),
            submission.at(),
            submission.origin());
    return begun(same, other).with(status);
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
        index);
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
    return new SweepState(submission, other, completed, failed, notRecovered, ready, done, index);
  }

  SweepState with(int trial, Optional<String> failure) {
    Optional<String> before = completed.getOrDefault(trial, Optional.empty());
    int failures = failed + (failure.isPresent() ? 1 : 0) - (before.isPresent() ? 1 : 0);
    return with(completed.plus(trial, failure), failures);
  }

  /** These trials are not complete after all. */
  SweepState without(List<Integer> trials) {
    Set<Integer> gone = new HashSet<>(trials);
    int failures = failed - (int) gone.stream().filter(trial -> hasFailed(trial)).count();
    if (2 * gone.size() < completed.size()) {
      return with(completed.minusAll(gone), failures);
    }
    Map<Integer, Optional<String>> kept = new HashMap<>(completed);
    kept.keySet().removeAll(gone);
    return with(HashTreePMap.from(kept), failures);
  }

  private boolean hasFailed(int trial) {
    return completed.getOrDefault(trial, Optional.empty()).isPresent();
  }

  private SweepState with(PMap<Integer, Optional<String>> others, int failures) {
    return new SweepState(submission, status, others, failures, notRecovered, ready, done, index);
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
        index);
  }

  SweepState ready(PSortedSet<Integer> others) {
    return new SweepState(submission, status, completed, failed, notRecovered, others, done, index);
  }

  SweepState oneMoreDone() {
    return new SweepState(
        submission, status, completed, failed, notRecovered, ready, done + 1, index);
  }

  SweepState oneLessDone() {
    return new SweepState(
        submission, status, completed, failed, notRecovered, ready, done - 1, index);
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
