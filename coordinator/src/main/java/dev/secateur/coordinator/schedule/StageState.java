package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.SweepEvent;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where a stage stands.
 *
 * @param attemptsLeft how often it may still fail before it has failed for good
 * @param leases how many were given for it
 * @param lease who is at it
 * @param failedOn names of the workers that failed at it
 * @param lastWords of a process that ended at it, and whose lease had expired
 * @param result its result
 * @param failure why it failed for good
 */
public record StageState(
    Stage stage,
    int attemptsLeft,
    int leases,
    Optional<Lease> lease,
    Set<String> failedOn,
    Optional<String> lastWords,
    Optional<Result> result,
    Optional<String> failure) {

  /**
   * @param seconds what the computation took
   * @param reused whether no worker had to compute it
   * @param machine what computed it, by name; empty where that is not known
   */
  public record Result(
      ArtifactRef artifact,
      Map<String, Double> metrics,
      double seconds,
      boolean reused,
      Map<String, String> machine) {
    /**
     * @param machine equal to the event's; the same one for all of the many that are equal
     */
    public static Result of(SweepEvent.StageCompleted event, Map<String, String> machine) {
      return new Result(
          event.artifact(), event.metrics(), event.seconds(), event.reused(), machine);
    }

    /** The same, as it counts for whoever comes later. */
    public Result asReused() {
      return new Result(artifact, metrics, seconds, true, machine);
    }
  }

  static StageState waiting(Stage stage, int attempts) {
    return new StageState(
        stage,
        attempts,
        0,
        Optional.empty(),
        Set.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  StageState leased(Lease to) {
    return new StageState(
        stage, attemptsLeft, leases + 1, Optional.of(to), failedOn, lastWords, result, failure);
  }

  StageState released() {
    return new StageState(
        stage, attemptsLeft, leases, Optional.empty(), failedOn, lastWords, result, failure);
  }

  StageState failedOnce(String worker) {
    Set<String> workers = new HashSet<>(failedOn);
    workers.add(worker);
    return new StageState(
        stage,
        attemptsLeft - 1,
        leases,
        Optional.empty(),
        Set.copyOf(workers),
        lastWords,
        result,
        failure);
  }

  /** An earlier attempt turned out to have ended its worker; somebody else may be at it by now. */
  StageState crashed(String worker, String words) {
    StageState failed = failedOnce(worker);
    return new StageState(
        stage,
        failed.attemptsLeft,
        leases,
        lease,
        failed.failedOn,
        Optional.of(words),
        result,
        failure);
  }

  /** An attempt that failed through no fault of its worker. */
  StageState oneAttemptLess() {
    return new StageState(
        stage, attemptsLeft - 1, leases, Optional.empty(), failedOn, lastWords, result, failure);
  }

  /** Its result is lost. */
  StageState again() {
    return new StageState(
        stage,
        attemptsLeft,
        leases,
        Optional.empty(),
        failedOn,
        lastWords,
        Optional.empty(),
        Optional.empty());
  }

  StageState failed(String why) {
    return new StageState(
        stage, 0, leases, Optional.empty(), failedOn, lastWords, result, Optional.of(why));
  }

  StageState done(Result with) {
    return new StageState(
        stage,
        attemptsLeft,
        leases,
        Optional.empty(),
        failedOn,
        lastWords,
        Optional.of(with),
        Optional.empty());
  }

  /** Neither done nor failed. */
  boolean isOpen() {
    return result.isEmpty() && failure.isEmpty();
  }

  /** Open, and nobody is at it. */
  boolean isWaiting() {
    return lease.isEmpty() && isOpen();
  }
}
