package dev.secateur.coordinator;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.secateur.coordinator.report.EventLines;
import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.Provenance;
import dev.secateur.coordinator.report.ReportFiles;
import dev.secateur.coordinator.report.Reporting;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.coordinator.report.SampleTexts;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.page.ReportPage;
import dev.secateur.coordinator.report.study.Run;
import dev.secateur.coordinator.report.study.RunPlots;
import dev.secateur.coordinator.report.study.TableChoice;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.coordinator.track.SweepTracking;
import dev.secateur.coordinator.track.Tracker;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.TrainingSpec;
import dev.secateur.protocol.TrialOutcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The coordinator's child for one sweep: collects its results and writes them as trials complete,
 * and its events as they arrive, but spends at most a tenth of the time on writing. At the end it
 * writes everything, retries until that succeeds, and then notifies the coordinator.
 */
final class SweepReporter implements SweepEventCases.Some<Behavior<Object>> {
  private static final int SHARE = 10;

  private static final Duration AGAIN_AFTER = Duration.ofSeconds(5);

  /** Events gather for so long before they are written. */
  private static final Duration EVENTS_AFTER = Duration.ofSeconds(1);

  /** What is to be written now. */
  private enum Flush implements NoSerializationVerificationNeeded {
    RESULTS,
    EVENTS
  }

  /** That the sweep has ended: the last results are to be written. */
  enum End implements NoSerializationVerificationNeeded {
    NOW
  }

  private final ActorContext<Object> context;
  private final TimerScheduler<Object> timers;
  private final SweepState sweep;
  private final Reporting reporting;
  private final SweepTracking tracking;
  private final Provenance provenance;
  private final EventLines events;
  private final Map<Map<String, String>, Map<String, String>> machines = new HashMap<>();
  private final ActorRef<? super Coordinator.Reported> coordinator;
  private final Map<StageKey, StageState.Result> results;
  private final Map<Integer, TrialOutcome> completed;
  private final Map<Integer, String> notRecovered;
  private Duration eventsRest = Duration.ZERO;
  private boolean stale;
  private boolean complained;

  private SweepReporter(
      ActorContext<Object> context,
      TimerScheduler<Object> timers,
      SweepState sweep,
      Map<StageKey, StageState.Result> results,
      Reporting reporting,
      Tracker tracker,
      ActorRef<? super Coordinator.Reported> coordinator) {
    this.context = context;
    this.timers = timers;
    this.sweep = sweep;
    this.reporting = reporting;
    this.tracking = new SweepTracking(tracker, sweep.submission());
    this.provenance = Provenance.of(sweep.submission());
    this.events = new EventLines(sweep.id(), folder(), reporting);
    this.coordinator = coordinator;
    this.results = new HashMap<>(results);
    this.completed = new HashMap<>(sweep.completed());
    this.notRecovered = new HashMap<>(sweep.notRecovered());
  }

  /**
   * @param sweep as it stands when the reporter starts
   * @param results of the stages that are done by then
   * @param reporting what it reads, and where it writes
   * @param tracker tells those outside
   * @param coordinator notified when the last results are written
   * @return hears of {@link SweepEvent}s, and of the end
   */
  static Behavior<Object> create(
      SweepState sweep,
      Map<StageKey, StageState.Result> results,
      Reporting reporting,
      Tracker tracker,
      ActorRef<? super Coordinator.Reported> coordinator) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new SweepReporter(
                            context, timers, sweep, results, reporting, tracker, coordinator)
                        .behavior()));
  }

  private Behavior<Object> behavior() {
    stale =
        !completed.isEmpty(); // of an earlier life of the coordinator, of which not all was told
    flush();
    return Behaviors.receive(Object.class)
        .onMessageEquals(Flush.RESULTS, this::flush)
        .onMessageEquals(Flush.EVENTS, this::flushEvents)
        .onMessageEquals(End.NOW, this::end)
        .onMessage(SweepEvent.class, this::hear)
        .build();
  }

  private Behavior<Object> hear(SweepEvent event) {
    boolean concerns =
        event instanceof SweepEvent.OfSweep one && isOurs(one)
            || event instanceof SweepEvent.OfStage stage && sweep.needs(stage.stage());
    if (concerns && !timers.isTimerActive(Flush.EVENTS)) {
      timers.startSingleTimer(Flush.EVENTS, Flush.EVENTS, EVENTS_AFTER.plus(eventsRest));
    }
    return event.as(this);
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
      Map<String, String> machine =
          machines.computeIfAbsent(event.machine(), known -> event.machine());
      results.put(event.stage(), StageState.Result.of(event, machine));
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
    return begun(event);
  }

  /** What stands in the run folder is of a smaller grid. */
  @Override
  public Behavior<Object> sweepExtended(SweepEvent.SweepExtended event) {
    return begun(event);
  }

  private Behavior<Object> begun(SweepEvent.OfSweep event) {
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
    completed.put(event.trial(), event.outcome());
    stale = true;
    return timers.isTimerActive(Flush.RESULTS) ? Behaviors.same() : flush();
  }

  /** Writes what has come since, and then rests for a while. */
  private Behavior<Object> flush() {
    if (stale) {
      long start = System.nanoTime();
      try {
        SweepResults results = current();
        ReportFiles.writeResults(results, folder(), reporting.files());
        tracking.offer(results, completed.keySet());
      } catch (IOException e) {
        context
            .getLog()
            .warn("{}: the results can't be written: {}", folder(), FailureReason.of(e));
      }
      stale = false;
      timers.startSingleTimer(Flush.RESULTS, Flush.RESULTS, restSince(start));
    }
    return Behaviors.same();
  }

  private static Duration restSince(long start) {
    return Duration.ofNanos(SHARE * (System.nanoTime() - start));
  }

  private Behavior<Object> flushEvents() {
    long start = System.nanoTime();
    try {
      events.update();
    } catch (IOException e) {
      context.getLog().warn("{}: the events can't be written: {}", folder(), FailureReason.of(e));
    }
    eventsRest = restSince(start);
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
      List<String> written = new ArrayList<>();
      Run run = write(written);
      String problem =
          Stream.of(plot(run, written), page(run, written))
              .filter(why -> !why.isEmpty())
              .collect(Collectors.joining("; "));
      tracking.offerEnd(run.results(), completed.keySet(), run.curves());
      coordinator.tell(new Coordinator.Reported(report(written, problem), true));
    } catch (IOException e) {
      String problem = folder() + ": the results can't be written: " + FailureReason.of(e);
      context.getLog().warn("{}; retrying", problem);
      if (!complained) {
        complained = true;
        coordinator.tell(new Coordinator.Reported(report(List.of(), problem), false));
      }
      timers.startSingleTimer(End.NOW, AGAIN_AFTER);
    }
    return Behaviors.same();
  }

  /** All that is not drawn from it; adds the names. */
  private Run write(List<String> written) throws IOException {
    events.update(); // which also says when it ended
    SweepResults last = current();
    RunFiles files = reporting.files();
    written.add(EventLines.FILE);
    String text = sweep.submission().origin().configuration();
    if (!text.isEmpty()) {
      written.addAll(ReportFiles.writeConfiguration(text, folder(), files));
    }
    written.addAll(ReportFiles.writeResults(last, folder(), files));
    SampleTexts texts = SampleTexts.NONE;
    if (sweep.plan().stages().stream().anyMatch(SweepReporter::writes)) {
      texts = ReportFiles.texts(last, done(SweepReporter::writes), reporting);
      written.addAll(ReportFiles.writeSamples(last, texts, folder(), files));
    }
    LossCurves curves = LossCurves.NONE;
    if (sweep.plan().stages().stream().anyMatch(SweepReporter::trains)) {
      curves = ReportFiles.curves(last, done(SweepReporter::trains), reporting);
      written.addAll(ReportFiles.writeCurves(curves, folder(), files));
    }
    return Run.of(last.name(), last, curves, texts);
  }

  /** The stages of a kind that are done. */
  private Set<StageKey> done(Predicate<Stage> kind) {
    return sweep.plan().stages().stream()
        .filter(kind)
        .map(Stage::key)
        .filter(results::containsKey)
        .collect(Collectors.toSet());
  }

  private static boolean trains(Stage stage) {
    return stage.spec() instanceof RecoverySpec || stage.spec() instanceof TrainingSpec;
  }

  /** Whether a model is asked to write texts. */
  private static boolean writes(Stage stage) {
    return stage.spec() instanceof EvaluationSpec asked && asked.texts().generation().isPresent();
  }

  /** Plots can be had later from what is written; they are not waited for. */
  private String plot(Run run, List<String> written) {
    try {
      RunPlots.write(run, folder(), reporting.files(), written);
      return "";
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw e;
    } catch (Error e) { // AWTError cannot be named: the module that lacks may be its own
      return noPlots(
          " as PNG: this Java lacks its desktop module or fonts (" + e.getMessage() + ")", e);
    } catch (IOException | RuntimeException e) {
      return noPlots(": " + FailureReason.of(e), e);
    }
  }

  private String noPlots(String why, Throwable e) {
    String problem = folder() + ": the results are complete, but not their plots" + why;
    context.getLog().warn(problem, e);
    return problem;
  }

  /** Can be had later as plots can. */
  private String page(Run run, List<String> written) {
    try {
      byte[] page = ReportPage.of(List.of(run), TableChoice.NONE).getBytes(StandardCharsets.UTF_8);
      reporting.files().put(folder(), ReportPage.FILE, page);
      written.add(ReportPage.FILE);
      return "";
    } catch (IOException | RuntimeException e) {
      String problem =
          folder()
              + ": the results are complete, but not "
              + ReportPage.FILE
              + ": "
              + FailureReason.of(e);
      context.getLog().warn(problem, e);
      return problem;
    }
  }

  private SweepReported report(List<String> written, String problem) {
    return new SweepReported(
        current(), folder(), written.stream().map(folder()::resolve).toList(), problem);
  }

  private SweepResults current() {
    return SweepResults.of(sweep.id(), sweep.plan(), results, completed, notRecovered)
        .with(provenance.with(results.values(), events.ended()));
  }

  private Path folder() {
    return Path.of(sweep.runFolder());
  }
}
