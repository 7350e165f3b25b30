package dev.secateur.coordinator.http;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.Behaviors;
import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import dev.secateur.protocol.WorkerSummary;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Metrics for Prometheus: counters of what happened on this node since it started, and gauges of
 * the current state.
 */
public final class Metrics {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final MultiGauge stages = gauge("secateur.stages", "Stages of unfinished sweeps");
  private final MultiGauge sweeps = gauge("secateur.sweeps", "Sweeps by status");
  private final MultiGauge workers = gauge("secateur.workers", "Workers by state");
  private final DiskGauges disk = new DiskGauges(registry);
  private final Counter voided = counter("secateur.lease.voided", "Leases returned");
  private final Counter expired =
      counter("secateur.lease.expired", "Leases that expired without a heartbeat");

  private Metrics() {}

  /** Metrics that listen to a system's journalled events. */
  public static Metrics of(ActorSystem<?> system) {
    Metrics metrics = new Metrics();
    new JvmMemoryMetrics().bindTo(metrics.registry);
    new JvmThreadMetrics().bindTo(metrics.registry);
    new ProcessorMetrics().bindTo(metrics.registry);
    JvmGcMetrics collections = new JvmGcMetrics();
    collections.bindTo(metrics.registry);
    system.systemActorOf(metrics.listener(collections), "metrics", Props.empty());
    return metrics;
  }

  private MultiGauge gauge(String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private Behavior<JournalledEvent> listener(AutoCloseable collections) {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .eventStream()
              .tell(new EventStream.Subscribe<>(JournalledEvent.class, context.getSelf()));
          return Behaviors.receive(JournalledEvent.class)
              .onMessage(
                  JournalledEvent.class,
                  journalled -> {
                    journalled.event().as(new Counted()).run();
                    return Behaviors.same();
                  })
              .onSignal(
                  akka.actor.typed.PostStop.class,
                  stop -> {
                    collections.close();
                    return Behaviors.same();
                  })
              .build();
        });
  }

  /** What an event adds to the counters. */
  private final class Counted implements SweepEventCases.Some<Runnable> {
    @Override
    public Runnable stageCompleted(SweepEvent.StageCompleted event) {
      String kind = event.kind().label();
      return event.reused()
          ? outcome(kind, "reused")::increment
          : () -> {
            outcome(kind, "completed").increment();
            duration(kind).record(Duration.ofNanos((long) (event.seconds() * 1e9)));
          };
    }

    @Override
    public Runnable stageRetried(SweepEvent.StageRetried event) {
      return outcome(event.kind().label(), "retried")::increment;
    }

    @Override
    public Runnable stageFailed(SweepEvent.StageFailed event) {
      return outcome(event.kind().label(), "failed")::increment;
    }

    @Override
    public Runnable leaseVoided(SweepEvent.LeaseVoided event) {
      return voided::increment;
    }

    @Override
    public Runnable leaseExpired(SweepEvent.LeaseExpired event) {
      return expired::increment;
    }

    /** Counters are of tasks; gauges say how sweeps and workers stand. */
    @Override
    public Runnable otherwise(SweepEvent event) {
      return () -> {};
    }
  }

  private Timer duration(String kind) {
    return Timer.builder("secateur.stage.duration")
        .description("Time to compute a stage")
        .tag("kind", kind)
        .register(registry);
  }

  private Counter outcome(String kind, String outcome) {
    return Counter.builder("secateur.stage.outcomes")
        .description("Tasks by outcome")
        .tag("kind", kind)
        .tag("outcome", outcome)
        .register(registry);
  }

  /** All metrics in Prometheus' text format. */
  String scrape(List<SweepSummary> allSweeps, List<WorkerSummary> allWorkers, List<DiskUse> use) {
    disk.set(allWorkers, use);
    List<SweepSummary> open =
        allSweeps.stream().filter(sweep -> !sweep.status().isFinished()).toList();
    int done = open.stream().mapToInt(SweepSummary::stagesDone).sum();
    int running = open.stream().mapToInt(SweepSummary::stagesRunning).sum();
    int all = open.stream().mapToInt(SweepSummary::stages).sum();
    stages.register(
        List.of(
            row("state", "done", done),
            row("state", "running", running),
            row("state", "queued", all - done - running)),
        true);
    sweeps.register(
        Arrays.stream(SweepStatus.values())
            .map(
                status ->
                    row(
                        "status",
                        status.label(),
                        allSweeps.stream().filter(sweep -> sweep.status() == status).count()))
            .toList(),
        true);
    workers.register(
        List.of(
            row("state", "busy", count(allWorkers, worker -> worker.task().isPresent())),
            row("state", "idle", count(allWorkers, worker -> worker.task().isEmpty())),
            row("state", "draining", count(allWorkers, WorkerSummary::draining)),
            row("state", "low-disk", count(allWorkers, is(WorkerSummary.State.LOW_DISK))),
            row("state", "put-aside", count(allWorkers, is(WorkerSummary.State.PUT_ASIDE)))),
        true);
    return registry.scrape();
  }

  private static Predicate<WorkerSummary> is(WorkerSummary.State state) {
    return worker -> worker.condition().problem().filter(one -> one.state() == state).isPresent();
  }

  private static long count(List<WorkerSummary> workers, Predicate<WorkerSummary> which) {
    return workers.stream().filter(which).count();
  }

  private static MultiGauge.Row<Number> row(String tag, String value, Number number) {
    return MultiGauge.Row.of(Tags.of(tag, value), number);
  }
}
