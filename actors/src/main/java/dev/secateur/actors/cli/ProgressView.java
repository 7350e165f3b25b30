package dev.secateur.actors.cli;

import akka.actor.typed.Behavior;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepPlan;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Shows a running sweep on stderr: a block that redraws itself on a terminal, plain lines
 * elsewhere.
 */
final class ProgressView {
  /** What the view understands. */
  sealed interface Command {}

  private record Journalled(JournalledEvent event) implements Command {}

  private record Progressed(ProgressEvent event) implements Command {}

  private enum Redraw implements Command {
    NOW
  }

  private record Work(StageKey stage, Progress progress) {}

  private static final Duration REDRAW_EVERY = Duration.ofMillis(500);

  private final SweepPlan plan;
  private final StageLabels labels;
  private final PrintWriter out;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private final Map<String, Work> workers = new TreeMap<>();
  private final Map<Long, String> leases = new HashMap<>();
  private final Set<StageKey> done = new HashSet<>();
  private int reused;
  private int trials;
  private int failed;
  private int drawn;

  private ProgressView(
      ActorContext<Command> context, SweepPlan plan, PrintWriter out, boolean terminal) {
    this.plan = plan;
    this.labels = new StageLabels(plan);
    this.out = out;
    this.terminal = terminal;
    var stream = context.getSystem().eventStream();
    stream.tell(
        new EventStream.Subscribe<>(
            JournalledEvent.class, context.messageAdapter(JournalledEvent.class, Journalled::new)));
    stream.tell(
        new EventStream.Subscribe<>(
            ProgressEvent.class, context.messageAdapter(ProgressEvent.class, Progressed::new)));
  }

  static Behavior<Command> create(SweepPlan plan, PrintWriter out, boolean terminal) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                (TimerScheduler<Command> timers) -> {
                  if (terminal) {
                    timers.startTimerWithFixedDelay(Redraw.NOW, REDRAW_EVERY);
                  }
                  return new ProgressView(context, plan, out, terminal).behavior();
                }));
  }

  private Behavior<Command> behavior() {
    return Behaviors.receive(Command.class)
        .onMessage(
            Journalled.class,
            journalled -> {
              journalled.event().event().as(new Shown()).run();
              return Behaviors.same();
            })
        .onMessage(
            Progressed.class,
            progressed -> {
              ProgressEvent event = progressed.event();
              workers.put(event.worker().name(), new Work(event.stage(), event.progress()));
              return Behaviors.same();
            })
        .onMessageEquals(
            Redraw.NOW,
            () -> {
              redraw();
              return Behaviors.same();
            })
        .build();
  }

  /** What an event shows. */
  private final class Shown implements SweepEventCases.Some<Runnable> {
    @Override
    public Runnable stageLeased(SweepEvent.StageLeased event) {
      return () -> {
        String worker = event.lease().worker().name();
        leases.put(event.lease().id(), worker);
        workers.put(worker, new Work(event.lease().stage(), new Progress(0, 0, "")));
      };
    }

    @Override
    public Runnable stageCompleted(SweepEvent.StageCompleted event) {
      return () -> {
        release(event.lease());
        done.add(event.stage());
        reused += event.reused() ? 1 : 0;
        if (!event.reused()) {
          say(
              labels.of(event.stage())
                  + String.format(Locale.ROOT, ": %.1f s", event.seconds())
                  + perplexity(event.metrics()));
        }
      };
    }

    @Override
    public Runnable stageRetried(SweepEvent.StageRetried event) {
      return ended(event, " failed and is tried again: " + event.message());
    }

    @Override
    public Runnable stageFailed(SweepEvent.StageFailed event) {
      return ended(event, " failed: " + event.message());
    }

    private Runnable ended(SweepEvent.OfStage event, String how) {
      return () -> {
        release(event.lease());
        say(labels.of(event.stage()) + how);
      };
    }

    @Override
    public Runnable ofStage(SweepEvent.OfStage event) {
      return () -> release(event.lease());
    }

    @Override
    public Runnable sweepReplanned(SweepEvent.SweepReplanned event) {
      return () ->
          say(
              "the sweep was planned for code version "
                  + event.from()
                  + "; all stages are computed again by code version "
                  + event.to());
    }

    @Override
    public Runnable recoverySkipped(SweepEvent.RecoverySkipped event) {
      return () -> say("trial " + event.trial() + " is not recovered: " + event.reason());
    }

    @Override
    public Runnable trialCompleted(SweepEvent.TrialCompleted event) {
      return () -> {
        trials++;
        failed += event.failure().isPresent() ? 1 : 0;
      };
    }

    @Override
    public Runnable sweepCompleted(SweepEvent.SweepCompleted event) {
      return () -> {
        workers.clear();
        redraw();
      };
    }

    /** Of those whom it concerns the commands tell, or the report at the end. */
    @Override
    public Runnable otherwise(SweepEvent event) {
      return () -> {};
    }
  }

  private void release(long lease) {
    String worker = leases.remove(lease);
    if (worker != null) {
      workers.remove(worker);
    }
  }

  private static String perplexity(Map<String, Double> metrics) {
    Double value = metrics.get("perplexity");
    return value == null ? "" : String.format(Locale.ROOT, ", perplexity %.3f", value);
  }

  private void say(String line) {
    if (!terminal) {
      out.println("[" + head() + "] " + line);
      out.flush();
    }
  }

  private String head() {
    return String.format(
        "trials %d/%d%s, stages %d/%d%s",
        trials,
        plan.trials().size(),
        failed == 0 ? "" : " (" + failed + " failed)",
        done.size(),
        plan.stages().size(),
        reused == 0 ? "" : " (" + reused + " reused)");
  }

  private void redraw() {
    if (!terminal) {
      return;
    }
    StringBuilder block = new StringBuilder();
    if (drawn > 0) {
      block.append("\033[").append(drawn).append("A\033[J");
    }
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    block.append(
        String.format("%s  %s  %d:%02d%n", plan.name(), head(), seconds / 60, seconds % 60));
    workers.forEach((worker, work) -> block.append("  ").append(line(worker, work)).append('\n'));
    drawn = 1 + workers.size();
    out.print(block);
    out.flush();
  }

  private String line(String worker, Work work) {
    Progress progress = work.progress();
    String steps =
        progress.done() == 0
            ? ""
            : progress.done() + (progress.total() == 0 ? "" : "/" + progress.total());
    return String.format("%-10s %s  %s %s", worker, labels.of(work.stage()), steps, progress.note())
        .stripTrailing();
  }
}
