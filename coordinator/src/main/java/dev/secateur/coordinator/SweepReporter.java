package dev.secateur.coordinator;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.secateur.coordinator.report.ReportFiles;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The coordinator's child for one sweep: keeps its results and writes them as trials complete, but
 * never so often that writing takes more than a tenth of the time. The last ones it tries to write
 * until they are, and then tells the coordinator.
 */
final class SweepReporter implements SweepEventCases.Some<Behavior<Object>> {
  private static final int SHARE = 10;

  private static final Duration AGAIN_AFTER = Duration.ofSeconds(5);

  /** That results are to be written now. */
  private enum Flush implements NoSerializationVerificationNeeded {
    NOW
  }

  /** That the sweep has ended: the last results are to be written. */
  enum End implements NoSerializationVerificationNeeded {
    NOW
  }

  private final ActorContext<Object> context;
  private final TimerScheduler<Object> timers;
  private final SweepState sweep;
  private final RunFiles files;
  private final ActorRef<? super Coordinator.Reported> coordinator;
  private final Map<StageKey, StageState.Result> results;
  private final Map<Integer, Optional<String>> completed;
  private final Map<Integer, String> notRecovered;
  private boolean stale;
  private boolean complained;

  private SweepReporter(
      ActorContext<Object> context,
      TimerScheduler<Object> timers,
      SweepState sweep,
      Map<StageKey, StageState.Result> results,
      RunFiles files,
      ActorRef<? super Coordinator.Reported> coordinator) {
    this.context = context;
    this.timers = timers;
    this.sweep = sweep;
    this.files = files;
    this.coordinator = coordinator;
    this.results = new HashMap<>(results);
    this.completed = new HashMap<>(sweep.completed());
    this.notRecovered = new HashMap<>(sweep.notRecovered());
  }

  /**
   * @param sweep as it stands when the reporter starts
   * @param results of the stages that are done by then
   * @param files where run folders are
   * @param coordinator is told when the last results are written
   * @return hears of {@link SweepEvent}s, and of the end
   */
  static Behavior<Object> create(
      SweepState sweep,
      Map<StageKey, StageState.Result> results,
      RunFiles files,
      ActorRef<? super Coordinator.Reported> coordinator) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new SweepReporter(context, timers, sweep, results, files, coordinator)
                        .behavior()));
  }

  private Behavior<Object> behavior() {
    return Behaviors.receive(Object.class)
        .onMessageEquals(Flush.NOW, this::flush)
        .onMessageEquals(End.NOW, this::end)
        .onMessage(SweepEvent.class, event -> event.as(this))
        .build();
  }

  /** The results tell nothing of it. */
  @Override
  public Behavior<Object> otherwise(SweepEvent event) {
    return Behaviors.same();
  }

  @Override
  public Behavior<Object> sweepCompleted(SweepEvent.SweepCompleted event) {
    return ended(event);
  }

  @Override
  public Behavior<Object> sweepStopped(SweepEvent.SweepStopped event) {
    return ended(event);
  }

  @Override
  public Behavior<Object> sweepCancelled(SweepEvent.SweepCancelled event) {
    return ended(event);
  }

  @Override
  public Behavior<Object> stageCompleted(SweepEvent.StageCompleted event) {
    if (sweep.needs(event.stage())) {
      results.put(
          event.stage(),
          new StageState.Result(
              event.artifact(), event.metrics(), event.seconds(), event.reused()));
    }
    return Behaviors.same();
  }

  @Override
  public Behavior<Object> recoverySkipped(SweepEvent.RecoverySkipped event) {
    if (isOurs(event)) {
      notRecovered.put(event.trial(), event.reason());
    }
    return Behaviors.same();
  }

  @Override
  public Behavior<Object> trialsRetried(SweepEvent.TrialsRetried event) {
    if (isOurs(event)) {
      completed.keySet().removeAll(event.trials());
    }
    return Behaviors.same();
  }

  /** What stands in the run folder is of another version of the code. */
  @Override
  public Behavior<Object> sweepReplanned(SweepEvent.SweepReplanned event) {
    if (!isOurs(event)) {
      return Behaviors.same();
    }
    stale = true;
    return flush();
  }

  @Override
  public Behavior<Object> trialCompleted(SweepEvent.TrialCompleted event) {
    if (!isOurs(event)) {
      return Behaviors.same();
    }
    completed.put(event.trial(), event.failure());
    stale = true;
    return timers.isTimerActive(Flush.NOW) ? Behaviors.same() : flush();
  }

  /** Writes what has come since, and then rests for a while. */
  private Behavior<Object> flush() {
    if (stale) {
      long start = System.nanoTime();
      try {
        ReportFiles.writeResults(current(), folder(), files);
      } catch (IOException e) {
        context.getLog().warn("{}: the results can't be written: {}", folder(), e.toString());
      }
      stale = false;
      Duration rest = Duration.ofNanos(SHARE * (System.nanoTime() - start));
      timers.startSingleTimer(Flush.NOW, Flush.NOW, rest);
    }
    return Behaviors.same();
  }

  private Behavior<Object> ended(SweepEvent.OfSweep event) {
    return isOurs(event) ? end() : Behaviors.same();
  }

  private boolean isOurs(SweepEvent.OfSweep event) {
    return event.sweep().equals(sweep.id());
  }

  /** Writes the last results, and stays until the coordinator ends it. */
  private Behavior<Object> end() {
    timers.cancelAll();
    try {
      List<String> written = new ArrayList<>(ReportFiles.writeResults(current(), folder(), files));
      String problem = plot(written);
      coordinator.tell(new Coordinator.Reported(report(written, problem), true));
    } catch (IOException e) {
      String problem = folder() + ": the results can't be written: " + e;
      context.getLog().warn("{}; it is tried again", problem);
      if (!complained) {
        complained = true;
        coordinator.tell(new Coordinator.Reported(report(List.of(), problem), false));
      }
      timers.startSingleTimer(End.NOW, AGAIN_AFTER);
    }
    return Behaviors.same();
  }

  /** Plots can be had later from what is written; they are not waited for. */
  private String plot(List<String> written) {
    try {
      written.addAll(ReportFiles.writePlots(current(), folder(), files));
      return "";
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw e;
    } catch (Error e) { // AWTError cannot be named: the module that lacks may be its own
      return noPlots("this Java lacks its desktop module or fonts (" + e.getMessage() + ")", e);
    } catch (IOException | RuntimeException e) {
      return noPlots(String.valueOf(e.getMessage()), e);
    }
  }

  private String noPlots(String why, Throwable e) {
    String problem = folder() + ": the results are complete, but not their plots: " + why;
    context.getLog().warn(problem, e);
    return problem;
  }

  private SweepReported report(List<String> written, String problem) {
    return new SweepReported(
        current(), folder(), written.stream().map(folder()::resolve).toList(), problem);
  }

  private SweepResults current() {
    return SweepResults.of(sweep.id(), sweep.plan(), results, completed, notRecovered);
  }

  private Path folder() {
    return Path.of(sweep.runFolder());
  }
}
