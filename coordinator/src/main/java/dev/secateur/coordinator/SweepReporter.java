package dev.secateur.coordinator;

import akka.actor.typed.Behavior;
import akka.actor.typed.eventstream.EventStream;
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
import dev.secateur.protocol.SweepId;
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
 * never so often that writing takes more than a tenth of the time.
 */
final class SweepReporter {
  private static final int SHARE = 10;

  /** That results are to be written now. */
  private enum Flush {
    NOW
  }

  private final ActorContext<Object> context;
  private final TimerScheduler<Object> timers;
  private final SweepState sweep;
  private final RunFiles files;
  private final Map<StageKey, StageState.Result> results;
  private final Map<Integer, Optional<String>> completed;
  private final Map<Integer, String> notRecovered;
  private boolean stale;

  private SweepReporter(
      ActorContext<Object> context,
      TimerScheduler<Object> timers,
      SweepState sweep,
      Map<StageKey, StageState.Result> results,
      RunFiles files) {
    this.context = context;
    this.timers = timers;
    this.sweep = sweep;
    this.files = files;
    this.results = new HashMap<>(results);
    this.completed = new HashMap<>(sweep.completed());
    this.notRecovered = new HashMap<>(sweep.notRecovered());
  }

  /**
   * @param sweep as it stands when the reporter starts
   * @param results of the stages that are done by then
   * @param files where run folders are
   */
  static Behavior<SweepEvent> create(
      SweepState sweep, Map<StageKey, StageState.Result> results, RunFiles files) {
    return Behaviors.<Object>setup(
            context ->
                Behaviors.withTimers(
                    timers -> new SweepReporter(context, timers, sweep, results, files).behavior()))
        .narrow();
  }

  private Behavior<Object> behavior() {
    return Behaviors.receive(Object.class)
        .onMessageEquals(Flush.NOW, this::flush)
        .onMessage(SweepEvent.StageCompleted.class, this::stageCompleted)
        .onMessage(SweepEvent.RecoverySkipped.class, this::recoverySkipped)
        .onMessage(SweepEvent.TrialCompleted.class, this::trialCompleted)
        .onMessage(SweepEvent.TrialsRetried.class, this::trialsRetried)
        .onMessage(SweepEvent.SweepCompleted.class, event -> ended(event.sweep()))
        .onMessage(SweepEvent.SweepStopped.class, event -> ended(event.sweep()))
        .onMessage(SweepEvent.SweepCancelled.class, event -> ended(event.sweep()))
        .onAnyMessage(event -> Behaviors.same())
        .build();
  }

  private Behavior<Object> stageCompleted(SweepEvent.StageCompleted event) {
    if (sweep.needs(event.artifact().key())) {
      results.put(
          event.artifact().key(),
          new StageState.Result(
              event.artifact(), event.metrics(), event.seconds(), event.reused()));
    }
    return Behaviors.same();
  }

  private Behavior<Object> recoverySkipped(SweepEvent.RecoverySkipped event) {
    if (event.sweep().equals(sweep.id())) {
      notRecovered.put(event.trial(), event.reason());
    }
    return Behaviors.same();
  }

  private Behavior<Object> trialsRetried(SweepEvent.TrialsRetried event) {
    if (event.sweep().equals(sweep.id())) {
      completed.keySet().removeAll(event.trials());
    }
    return Behaviors.same();
  }

  private Behavior<Object> trialCompleted(SweepEvent.TrialCompleted event) {
    if (!event.sweep().equals(sweep.id())) {
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

  private Behavior<Object> ended(SweepId id) {
    if (!id.equals(sweep.id())) {
      return Behaviors.same();
    }
    List<String> written = new ArrayList<>();
    String problem = "";
    try {
      written.addAll(ReportFiles.writeResults(current(), folder(), files));
      written.addAll(ReportFiles.writePlots(current(), folder(), files));
    } catch (IOException | RuntimeException | LinkageError e) {
      problem = "a report could not be written: " + e;
      context.getLog().warn(problem, e);
    }
    context
        .getSystem()
        .eventStream()
        .tell(
            new EventStream.Publish<>(
                new SweepReported(
                    current(),
                    folder(),
                    written.stream().map(folder()::resolve).toList(),
                    problem)));
    return Behaviors.stopped();
  }

  private SweepResults current() {
    return SweepResults.of(sweep.id(), sweep.plan(), results, completed, notRecovered);
  }

  private Path folder() {
    return Path.of(sweep.runFolder());
  }
}
