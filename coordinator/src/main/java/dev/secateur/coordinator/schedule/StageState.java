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
 * The state of a stage.
 *
 * @param attemptsLeft how many failures it may still have before it fails permanently
 * @param leases how many were granted for it
 * @param failedOn names of the workers that failed at it
 * @param lastWords the final output of a process that ended during it and whose lease had expired;
 *     empty for none
 */
public record StageState(
    Stage stage,
    int attemptsLeft,
    int leases,
    Standing standing,
    Set<String> failedOn,
    String lastWords) {

  /** What becomes of a stage. */
  public sealed interface Standing {
    /** Nobody is at it. */
    record Waiting() implements Standing {}

    /**
     * @param lease who is at it
     */
    record Leased(Lease lease) implements Standing {}

    /** Computed, or found. */
    record Done(Result result) implements Standing {}

    /**
     * @param why it failed for good
     */
    record Failed(String why) implements Standing {}

    /** The same with nobody at it. */
    private Standing released() {
      return this instanceof Leased ? new Waiting() : this;
    }
  }

  /**
   * @param seconds what the computation took
   * @param reused whether no worker had to compute it
   * @param machine what computed it, by name; empty where that is unknown
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

    /** The same, as it counts for later sweeps. */
    public Result asReused() {
      return new Result(artifact, metrics, seconds, true, machine);
    }
  }

  static StageState waiting(Stage stage, int attempts) {
    return new StageState(stage, attempts, 0, new Standing.Waiting(), Set.of(), "");
  }

  private StageState with(int attempts, Standing next) {
    return new StageState(stage, attempts, leases, next, failedOn, lastWords);
  }

  StageState leased(Lease to) {
    return new StageState(
        stage, attemptsLeft, leases + 1, new Standing.Leased(to), failedOn, lastWords);
  }

  StageState released() {
    return with(attemptsLeft, standing.released());
  }

  StageState failedOnce(String worker) {
    return new StageState(
        stage, attemptsLeft - 1, leases, standing.released(), failedOn(worker), lastWords);
  }

  /** An earlier attempt turned out to have ended its worker; somebody else may be at it by now. */
  StageState crashed(String worker, String words) {
    return new StageState(stage, attemptsLeft - 1, leases, standing, failedOn(worker), words);
  }

  private Set<String> failedOn(String worker) {
    Set<String> workers = new HashSet<>(failedOn);
    workers.add(worker);
    return Set.copyOf(workers);
  }

  /** An attempt that failed through no fault of its worker. */
  StageState oneAttemptLess() {
    return with(attemptsLeft - 1, standing.released());
  }

  /** Its result is lost. */
  StageState again() {
    return with(attemptsLeft, new Standing.Waiting());
  }

  StageState failed(String why) {
    return with(0, new Standing.Failed(why));
  }

  StageState done(Result result) {
    return with(attemptsLeft, new Standing.Done(result));
  }

  /** Who is at it. */
  public Optional<Lease> lease() {
    return standing instanceof Standing.Leased leased
        ? Optional.of(leased.lease())
        : Optional.empty();
  }

  /** Its result, once there is one. */
  public Optional<Result> result() {
    return standing instanceof Standing.Done done ? Optional.of(done.result()) : Optional.empty();
  }

  /** Why it failed for good, where it did. */
  public Optional<String> failure() {
    return standing instanceof Standing.Failed failed
        ? Optional.of(failed.why())
        : Optional.empty();
  }

  /** Neither done nor failed. */
  boolean isOpen() {
    return result().isEmpty() && failure().isEmpty();
  }

  /** Open, and nobody is at it. */
  boolean isWaiting() {
    return standing instanceof Standing.Waiting;
  }
}
