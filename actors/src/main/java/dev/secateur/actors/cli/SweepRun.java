package dev.secateur.actors.cli;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import dev.secateur.actors.node.EmbeddedSweep;
import dev.secateur.actors.node.Ending;
import dev.secateur.actors.node.Node;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.Reports;
import dev.secateur.actors.node.WorkFolder;
import dev.secateur.coordinator.http.SweepIds;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepPlan;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A sweep from submission to its results, in an embedded cluster of one node. */
final class SweepRun {
  private final NodeSettings settings;
  private final WorkFolder work;
  private final int workers;
  private final PrintWriter talk;
  private final boolean terminal;

  /**
   * @param workers how many workers the node has
   * @param talk where progress goes
   * @param terminal whether that is a terminal
   */
  SweepRun(
      NodeSettings settings, WorkFolder work, int workers, PrintWriter talk, boolean terminal) {
    this.settings = settings;
    this.work = work;
    this.workers = workers;
    this.talk = talk;
    this.terminal = terminal;
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
      system.systemActorOf(ProgressView.create(plan, talk, terminal), "progress", Props.empty());
      Submitted submitted =
          unlessEnded(
              system,
              EmbeddedSweep.submit(system, work, SweepIds.of(plan, Instant.now()), plan, origin));
      talk.println(
          (submitted.resumed() ? "resuming sweep " : "sweep ") + submitted.sweep().value());
      talk.flush();
      return unlessEnded(system, reports.of(submitted.sweep()));
    } finally {
      Runtime.getRuntime().removeShutdownHook(farewell);
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().join();
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
    String why = Ending.of(system).why();
    if (!answer.isDone() || answer.isCompletedExceptionally() && !why.isEmpty()) {
      throw new InputException(why.isEmpty() ? "the node was ended" : why);
    }
    return answer.get();
  }

  private void interrupted(SweepPlan plan) {
    talk.println();
    talk.println(
        "secateur: interrupted; what is finished is kept. The same command resumes sweep '"
            + plan.name()
            + "'.");
    talk.flush();
  }
}
