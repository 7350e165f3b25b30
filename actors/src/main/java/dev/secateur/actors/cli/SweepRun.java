package dev.secateur.actors.cli;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import dev.secateur.actors.node.EmbeddedSweep;
import dev.secateur.actors.node.Node;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.Reports;
import dev.secateur.actors.node.TerminationReason;
import dev.secateur.actors.node.WorkFolder;
import dev.secateur.coordinator.http.SweepIds;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.coordinator.track.Tracker;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepPlan;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;

/** A sweep from submission to its results, in an embedded cluster of one node. */
final class SweepRun {
  private static final Duration TRACKING = Duration.ofSeconds(15);
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Map<String, String> problems = new ConcurrentSkipListMap<>();
  private final NodeSettings settings;
  private final WorkFolder work;
  private final int workers;
  private final PrintWriter talk;
  private final Screen screen;

  /**
   * @param workers how many workers the node has
   * @param talk where progress goes
   * @param screen what that is
   */
  SweepRun(NodeSettings settings, WorkFolder work, int workers, PrintWriter talk, Screen screen) {
    this.settings = settings;
    this.work = work;
    this.workers = workers;
    this.talk = talk;
    this.screen = screen;
  }

  /**
   * Runs the plan and waits for its results.
   *
   * @param origin for its results to say
   */
  SweepReported run(SweepPlan plan, Origin origin) throws Exception {
    ActorSystem<Node.Command> system =
        Node.start(
            settings,
            work,
            new Node.Launch(Set.of(Node.COORDINATOR, Node.GPU_WORKER), List.of(), workers));
    Thread farewell = new Thread(() -> interrupted(plan));
    Runtime.getRuntime().addShutdownHook(farewell);
    try {
      Reports reports = Reports.listen(system);
      system.systemActorOf(
          ProgressView.create(plan, talk, screen, this::noticed), "progress", Props.empty());
      Submitted submitted =
          unlessEnded(
              system,
              EmbeddedSweep.submit(system, work, SweepIds.of(plan, Instant.now()), plan, origin));
      talk.println(
          (submitted.resumed() ? "resuming sweep " : "sweep ") + submitted.sweep().value());
      talk.flush();
      SweepReported reported = unlessEnded(system, reports.of(submitted.sweep()));
      awaitTracking(origin, reported.folder());
      return reported;
    } finally {
      Runtime.getRuntime().removeShutdownHook(farewell);
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().join();
    }
  }

  /** Waits briefly for the targets of tracking; the same command later sends the rest. */
  private void awaitTracking(Origin origin, Path folder) throws InterruptedException {
    if (origin.tracking().isNone()) {
      return;
    }
    Path pending = folder.resolve(Tracker.PENDING);
    Instant latest = Instant.now().plus(TRACKING);
    while (Files.exists(pending) && Instant.now().isBefore(latest)) {
      Thread.sleep(LOOK.toMillis());
    }
    problems.forEach((target, why) -> talk.println("secateur: tracking: " + target + ": " + why));
    if (Files.exists(pending)) {
      talk.println(
          "secateur: not all services under 'tracking' received the final report; the next"
              + " run in this work folder retries");
    }
  }

  /** Keeps what is wrong by its target, until that is reached again. */
  private void noticed(Notice notice) {
    String target = String.valueOf(notice.fields().get("target"));
    if (notice.event().equals("tracking-resumed")) {
      problems.remove(target);
    } else {
      problems.put(target, String.valueOf(notice.fields().get("reason")));
    }
  }

  /**
   * Waits for an answer.
   *
   * @throws InputException when the node ended by itself meanwhile
   */
  private static <T> T unlessEnded(ActorSystem<?> system, CompletableFuture<T> answer)
      throws Exception {
    CompletableFuture.anyOf(answer, system.getWhenTerminated().toCompletableFuture())
        .exceptionally(failure -> null)
        .join();
    String why = TerminationReason.of(system).why();
    if (!answer.isDone() || answer.isCompletedExceptionally() && !why.isEmpty()) {
      throw new InputException(why.isEmpty() ? "the node was shut down" : why);
    }
    return answer.get();
  }

  private void interrupted(SweepPlan plan) {
    talk.println();
    talk.println(
        "secateur: interrupted; finished stages are kept. The same command resumes sweep '"
            + plan.name()
            + "'.");
    talk.flush();
  }
}
