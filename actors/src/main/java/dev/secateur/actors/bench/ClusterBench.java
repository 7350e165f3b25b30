package dev.secateur.actors.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.Behaviors;
import dev.secateur.actors.node.EmbeddedSweep;
import dev.secateur.actors.node.Node;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.actors.node.Reports;
import dev.secateur.actors.node.WorkFolder;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkerId;
import dev.secateur.worker.TaskRunner;
import dev.secateur.worker.Worker;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Runs a real coordinator with its journal, and workers whose stages only take time: measures the
 * overhead of the cluster itself.
 */
public final class ClusterBench {
  private static final String DISPATCHER = "secateur.device-dispatcher";

  /** Of a grid that is not large. */
  private static final int RATIOS = 5;

  /** Criteria times aggregations. */
  private static final int TRIALS_OF_RATIO = 8;

  private static final int MOST_MODELS = 1_000;

  private final NodeSettings settings;
  private final WorkFolder work;

  /**
   * The results of a run.
   *
   * @param stages that were completed
   * @param seconds from submission to the last outcome in the journal
   * @param coldMillis from the first submission to the beginning of its first stage
   * @param firstMillis the same of the next sweep, while the cluster is idle
   * @param busy the share of the workers' time that was spent in stages
   */
  public record Result(
      int stages, double seconds, double coldMillis, double firstMillis, double busy) {
    public double outcomesPerSecond() {
      return stages / seconds;
    }
  }

  public ClusterBench(NodeSettings settings, WorkFolder work) {
    this.settings = settings;
    this.work = work;
  }

  /** A plan of about this many trials, forty to a model, and more where that makes many models. */
  public static SweepPlan plan(int trials) {
    return plan(trials, "m");
  }

  private static SweepPlan plan(int trials, String model) {
    int ratios = RATIOS * Math.max(1, ceiling(trials, RATIOS * TRIALS_OF_RATIO * MOST_MODELS));
    int models = Math.max(1, trials / (ratios * TRIALS_OF_RATIO));
    String text =
        "name = bench, criteria = [l1, l2, taylor-element1, wanda], aggregations = [sum, max]"
            + ", models = ["
            + joined(models, i -> model + i)
            + "], ratios = ["
            + joined(ratios, i -> BigDecimal.valueOf(i + 1L, 4).toString())
            + "]";
    SimulatedSources sources = new SimulatedSources();
    return SweepPlanner.plan(SweepConfigReader.read(text, "bench", sources), sources);
  }

  private static int ceiling(int dividend, int divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  private static String joined(int count, IntFunction<String> element) {
    return IntStream.range(0, count).mapToObj(element).collect(Collectors.joining(", "));
  }

  /**
   * Runs a sweep.
   *
   * @param workers how many
   * @param stage how long each stage takes
   */
  public Result run(SweepPlan plan, int workers, Duration stage) throws Exception {
    ActorSystem<Node.Command> system =
        Node.start(settings, work, new Node.Launch(Set.of(Node.COORDINATOR), List.of(), workers));
    try {
      ActorRef<CoordinatorMessage> coordinator = Node.coordinator(system);
      AtomicLong first = new AtomicLong();
      for (int i = 0; i < workers; i++) {
        WorkerId id = new WorkerId("simulated/" + i, "1");
        system.systemActorOf(
            Worker.create(
                id,
                new Worker.Surroundings() {},
                runner(stage, first),
                coordinator,
                settings.workerTiming(),
                DISPATCHER),
            "simulated-" + i,
            Props.empty());
      }
      double cold = run(system, plan(1, "cold"), first)[0];
      double warm = run(system, plan(1, "warm"), first)[0];
      double seconds = run(system, plan, first)[1];
      int stages = plan.stages().size();
      double busy = stages * (stage.toNanos() / 1e9) / (workers * seconds);
      return new Result(stages, seconds, cold, warm, busy);
    } finally {
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().join();
    }
  }

  /** Milliseconds to the first stage, and seconds to the last outcome. */
  private double[] run(ActorSystem<Node.Command> system, SweepPlan plan, AtomicLong first)
      throws Exception {
    Reports reports = Reports.listen(system);
    AtomicLong last = lastOutcome(system);
    first.set(0);
    long start = System.nanoTime();
    SweepId sweep = new SweepId("bench-" + start);
    EmbeddedSweep.submit(system, work, sweep, plan, Origin.UNKNOWN);
    reports.of(sweep).get();
    return new double[] {(first.get() - start) / 1e6, (last.get() - start) / 1e9};
  }

  /** When the journal last had an outcome. */
  private static AtomicLong lastOutcome(ActorSystem<Node.Command> system) {
    AtomicLong last = new AtomicLong();
    system.systemActorOf(
        Behaviors.<JournalledEvent>setup(
            context -> {
              system
                  .eventStream()
                  .tell(new EventStream.Subscribe<>(JournalledEvent.class, context.getSelf()));
              return Behaviors.receiveMessage(
                  journalled -> {
                    if (journalled.event() instanceof SweepEvent.StageCompleted) {
                      last.set(System.nanoTime());
                    }
                    return Behaviors.same();
                  });
            }),
        "last-outcome-" + UUID.randomUUID(),
        Props.empty());
    return last;
  }

  private static TaskRunner runner(Duration stage, AtomicLong first) {
    return (task, progress) -> {
      first.compareAndSet(0, System.nanoTime());
      try {
        Thread.sleep(stage.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return done(task, stage);
    };
  }

  private static Outcome done(Task task, Duration stage) {
    ArtifactRef artifact = new ArtifactRef(task.stage().key(), task.stage().kind(), "simulated", 1);
    Map<String, Double> metrics =
        Map.of("perplexity", 10.0, "parameters_before", 2.0, "parameters_after", 1.0);
    return new Outcome.Succeeded(artifact, metrics, stage.toNanos() / 1e9, false, Map.of());
  }
}
