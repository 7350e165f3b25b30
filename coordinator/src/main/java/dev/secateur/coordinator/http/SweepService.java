package dev.secateur.coordinator.http;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.coordinator.events.JournalPlans;
import dev.secateur.coordinator.http.Submission.Asked;
import dev.secateur.coordinator.http.SubmissionPlanner.Planned;
import dev.secateur.coordinator.plan.PlanOutline;
import dev.secateur.coordinator.report.BestTrials;
import dev.secateur.coordinator.report.ReportFiles;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol.Direct;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import dev.secateur.protocol.CoordinatorProtocol.Direction;
import dev.secateur.protocol.CoordinatorProtocol.Drain;
import dev.secateur.protocol.CoordinatorProtocol.Extend;
import dev.secateur.protocol.CoordinatorProtocol.ListSweeps;
import dev.secateur.protocol.CoordinatorProtocol.ListWorkers;
import dev.secateur.protocol.CoordinatorProtocol.Reprioritize;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.CoordinatorProtocol.Sweeps;
import dev.secateur.protocol.CoordinatorProtocol.Undrain;
import dev.secateur.protocol.CoordinatorProtocol.Wanted.All;
import dev.secateur.protocol.CoordinatorProtocol.Wanted.Only;
import dev.secateur.protocol.CoordinatorProtocol.Workers;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Handles the requests of clients by asking the coordinator. Plans sweeps, and keeps each one's
 * text in its run folder, so that it can be run again.
 */
public final class SweepService {
  private static final Duration READY_WITHIN = Duration.ofSeconds(3);

  private final ActorSystem<?> system;
  private final ActorRef<CoordinatorMessage> coordinator;
  private final Path runs;
  private final RunFiles files;
  private final SubmissionPlanner planner;
  private final Duration timeout;

  /**
   * @param sources what names in configurations mean; fresh ones for each submission
   * @param runs the folder of run folders
   * @param files where they are
   * @param plans what sweeps have planned
   * @param done whether the artifact of a stage is here
   * @param timeout for an answer of the coordinator
   */
  public SweepService(
      ActorSystem<?> system,
      ActorRef<CoordinatorMessage> coordinator,
      Supplier<Sources> sources,
      Path runs,
      RunFiles files,
      JournalPlans plans,
      Predicate<StageKey> done,
      Duration timeout) {
    this.system = system;
    this.coordinator = coordinator;
    this.runs = runs;
    this.files = files;
    this.planner = new SubmissionPlanner(sources, plans, done);
    this.timeout = timeout;
  }

  /**
   * Plans and submits a sweep; reads files, so not to be called on an actor's thread.
   *
   * @param key by which a client that lost the answer submits the same again
   * @throws InputException with one line for each mistake in the configuration
   */
  CompletionStage<Submitted> submit(Submission submission, IdempotencyKey key) {
    Planned planned = planner.plan(submission);
    SweepId id = SweepIds.of(planned.plan(), Instant.now());
    return submit(id, planned, submission, key, true);
  }

  /**
   * @param fresh whether the run folder is none of an earlier run's
   */
  private CompletionStage<Submitted> submit(
      SweepId id, Planned planned, Submission submission, IdempotencyKey key, boolean fresh) {
    SweepPlan plan = planned.plan();
    Path folder = folder(id);
    keep(folder, submission.text());
    CompletionStage<Submitted> answer =
        ask(
            timeout.plusMillis(plan.stages().size()), // the journal writes each of them
            replyTo ->
                new Submit(
                    id,
                    plan,
                    folder.toString(),
                    false,
                    submission.priority(),
                    key,
                    Instant.now(),
                    planned.origin(),
                    replyTo));
    return answer.thenApply(
        submitted -> {
          if (!submitted.sweep().equals(id) || fresh && submitted.refusal().isPresent()) {
            discard(folder); // the sweep was there already, or is not taken
          }
          submitted.refusal().ifPresent(SweepService::refuse);
          return submitted;
        });
  }

  private static void refuse(String why) {
    throw new NotTakenException(why);
  }

  private void discard(Path folder) {
    try {
      files.remove(folder, ReportFiles.CONFIGURATION);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": can't be removed", e);
    }
  }

  /**
   * What a submission would do; nothing is submitted. Reads files.
   *
   * @throws InputException with one line for each mistake in the configuration
   */
  PlanOutline outline(Submission submission) {
    return planner.outline(submission);
  }

  /**
   * Gives a sweep a larger grid; one that has ended is run again with it. Reads files.
   *
   * @throws InputException when the configuration is wrong, or lacks something of the sweep
   */
  CompletionStage<Submitted> extend(SweepSummary sweep, Submission submission) {
    Planned planned = planner.extension(sweep, submission);
    SweepPlan plan = planned.plan();
    CompletionStage<Submitted> answer =
        ask(
            timeout.plusMillis(plan.stages().size()),
            replyTo -> new Extend(sweep.sweep(), plan, Instant.now(), planned.origin(), replyTo));
    return answer.thenApply(
        submitted -> {
          submitted.refusal().ifPresent(SweepService::refuse);
          keep(Path.of(sweep.runFolder()), submission.text());
          return submitted;
        });
  }

  /**
   * Runs a sweep that has ended again, under its id; what it finished is reused. It stays its
   * owner's, with its labels and notes.
   *
   * @throws InputException when its configuration is not here
   */
  CompletionStage<Submitted> retry(SweepSummary sweep, Asked asked) {
    SweepId id = sweep.sweep();
    String text =
        find(folder(id), ReportFiles.CONFIGURATION)
            .map(kept -> new String(kept, StandardCharsets.UTF_8))
            .orElseThrow(
                () ->
                    new InputException(
                        "sweep " + id.value() + ": its configuration is not stored here"));
    Submission submission =
        new Submission(
            text,
            folder(id).resolve(ReportFiles.CONFIGURATION).toString(),
            plan -> plan.named(sweep.name()),
            sweep.priority(),
            asked);
    Planned planned = planner.plan(submission);
    Origin origin = planned.origin().over(sweep.owner(), sweep.labels(), sweep.notes());
    return submit(id, planned.of(origin), submission, IdempotencyKey.NONE, false);
  }

  /** A file of a sweep's run folder. */
  Optional<byte[]> file(SweepSummary sweep, String name) {
    return find(Path.of(sweep.runFolder()), name);
  }

  /** Its best trials, as its results have them so far. */
  BestTrials best(SweepSummary sweep) {
    return sweep.trials() > BestTrials.MOST
        ? BestTrials.NONE
        : file(sweep, ReportFiles.RESULTS).map(BestTrials::read).orElse(BestTrials.NONE);
  }

  /** The names of the files in a sweep's run folder. */
  List<String> files(SweepSummary sweep) {
    try {
      return files.names(Path.of(sweep.runFolder()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<byte[]> find(Path folder, String name) {
    try {
      return files.find(folder, name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  CompletionStage<Sweeps> sweeps() {
    return ask(replyTo -> new ListSweeps(new All(), replyTo));
  }

  /** How a sweep stands, if there is one of that id. */
  CompletionStage<Optional<SweepSummary>> sweep(SweepId id) {
    CompletionStage<Sweeps> answer = ask(replyTo -> new ListSweeps(new Only(id), replyTo));
    return answer.thenApply(
        found -> found.sweeps().stream().filter(sweep -> sweep.sweep().equals(id)).findFirst());
  }

  /** Whether a coordinator is active, which answers this while it does other things too. */
  CompletionStage<Boolean> ready() {
    CompletionStage<Sweeps> answer =
        ask(READY_WITHIN, replyTo -> new ListSweeps(new All(), replyTo));
    return answer.handle((sweeps, failure) -> failure == null);
  }

  CompletionStage<Workers> workers() {
    return ask(ListWorkers::new);
  }

  CompletionStage<Directed> direct(SweepId sweep, Direction direction) {
    return ask(replyTo -> new Direct(sweep, direction, replyTo));
  }

  CompletionStage<Directed> drain(String worker) {
    return ask(replyTo -> new Drain(worker, replyTo));
  }

  CompletionStage<Directed> undrain(String worker) {
    return ask(replyTo -> new Undrain(worker, replyTo));
  }

  CompletionStage<Directed> reprioritize(SweepId sweep, int priority) {
    return ask(replyTo -> new Reprioritize(sweep, priority, replyTo));
  }

  /** A sweep's run folder. */
  Path folder(SweepId id) {
    Path folder = runs.resolve(id.value()).normalize();
    if (!folder.startsWith(runs) || folder.equals(runs)) {
      throw new InputException("'" + id.value() + "' is not the id of a sweep");
    }
    return folder;
  }

  private void keep(Path folder, String text) {
    try {
      files.put(folder, ReportFiles.CONFIGURATION, text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": can't be written", e);
    }
  }

  private <T> CompletionStage<T> ask(Function<ActorRef<T>, CoordinatorMessage> message) {
    return ask(timeout, message);
  }

  private <T> CompletionStage<T> ask(
      Duration within, Function<ActorRef<T>, CoordinatorMessage> message) {
    return AskPattern.ask(coordinator, message, within, system.scheduler());
  }
}
