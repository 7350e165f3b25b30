package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.OneLine;
import dev.secateur.protocol.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The progress of a running sweep on stderr: a block that redraws itself on a terminal, plain lines
 * elsewhere. Thread-safe.
 */
final class ProgressBoard {
  private static final int MOST_WORKERS = 12;

  private record Work(String stage, Progress progress, Instant begun) {}

  private final PrintWriter out;
  private final Screen screen;
  private final InstantSource clock;
  private final Instant start;
  private final Map<String, Work> workers = new TreeMap<>();
  private final Map<Long, String> leases = new HashMap<>();
  private final Set<String> done = new HashSet<>();
  private final Set<String> settled = new HashSet<>();
  private final Set<Integer> ended = new HashSet<>();
  private final Set<Integer> failed = new HashSet<>();
  private TimeLeft left = new TimeLeft();
  private ProgressPlan plan;
  private GridView grid;
  private BestSoFar best = new BestSoFar();
  private int reused;
  private int crew;
  private int drawn;
  private boolean silent;

  /**
   * @param start when the sweep began
   */
  ProgressBoard(
      ProgressPlan plan, PrintWriter out, Screen screen, InstantSource clock, Instant start) {
    this.out = out;
    this.screen = screen;
    this.clock = clock;
    this.start = start;
    begin(plan);
  }

  /** The sweep starts, or starts again. */
  synchronized void begin(ProgressPlan anew) {
    plan = anew;
    grid = new GridView(plan.words());
    best = new BestSoFar();
    left = new TimeLeft();
    plan.stages().values().forEach(stage -> left.planned(stage.kind()));
    workers.clear();
    leases.clear();
    done.clear();
    settled.clear();
    reused = 0;
    ended.clear();
    failed.clear();
  }

  /** There are more trials; what is done stays, and what had failed gets new attempts. */
  synchronized void extend(ProgressPlan larger) {
    ProgressPlan before = plan;
    plan = larger;
    grid = new GridView(plan.words());
    larger
        .stages()
        .forEach(
            (key, stage) -> {
              if (!before.stages().containsKey(key)) {
                left.planned(stage.kind());
              }
            });
    retry(List.copyOf(failed));
  }

  synchronized void leased(long lease, String stage, String worker, Instant at) {
    leases.put(lease, worker);
    workers.put(worker, new Work(stage, new Progress(0, 0, ""), at));
    crew = workers.size();
  }

  synchronized void progress(String worker, String stage, Progress progress) {
    Work before = workers.get(worker);
    boolean same = before != null && before.stage().equals(stage);
    workers.put(worker, new Work(stage, progress, same ? before.begun() : clock.instant()));
  }

  /** A stage has its artifact. */
  synchronized void completed(
      long lease, String stage, double seconds, boolean wasThere, Map<String, Double> metrics) {
    released(lease);
    boolean fresh = done.add(stage);
    settle(stage);
    best.measured(words(stage), metrics);
    if (wasThere) {
      reused += fresh ? 1 : 0;
      return;
    }
    left.took(kind(stage), seconds);
    say(words(stage) + String.format(Locale.ROOT, ": %.1f s", seconds) + perplexity(metrics));
  }

  /** The last attempt at a stage has failed. */
  synchronized void failed(long lease, String stage, String why) {
    settle(stage);
    ended(lease, stage, "failed: " + why);
  }

  /** An attempt at a stage has failed, and another follows. */
  synchronized void retried(long lease, String stage, String why) {
    ended(lease, stage, "failed and is retried: " + why);
  }

  private void ended(long lease, String stage, String how) {
    released(lease);
    say(words(stage) + " " + how);
  }

  /** Nobody is at it any more. */
  synchronized void released(long lease) {
    String worker = leases.remove(lease);
    crew = Math.max(1, workers.size()); // who has just finished gets something else
    if (worker != null) {
      workers.remove(worker);
    }
  }

  /** Of a trial that has ended, no stage is needed that no other trial waits for. */
  synchronized void trialEnded(int trial, boolean well) {
    ended.add(trial);
    if (!well) {
      failed.add(trial);
    }
    plan.stagesOf(trial).stream()
        .filter(stage -> ended.containsAll(plan.stages().get(stage).trials()))
        .forEach(this::settle);
  }

  /** Trials that had failed are retried. */
  synchronized void retry(List<Integer> anew) {
    anew.forEach(ended::remove);
    anew.forEach(failed::remove);
    for (int trial : anew) {
      for (String stage : plan.stagesOf(trial)) {
        if (!done.contains(stage) && settled.remove(stage)) {
          left.planned(kind(stage));
        }
      }
    }
  }

  /** Whether no lines tell of what happens, as of what was before the view began. */
  synchronized void silence(boolean whether) {
    silent = whether;
  }

  synchronized void say(String line) {
    if (!screen.terminal() && !silent) {
      out.println("[" + head() + "] " + line);
      out.flush();
    }
  }

  /** The sweep has ended. */
  synchronized void end() {
    workers.clear();
    redraw();
  }

  private void settle(String stage) {
    if (settled.add(stage) && plan.stages().containsKey(stage)) {
      left.settled(kind(stage));
    }
  }

  private String kind(String stage) {
    ProgressPlan.Planned known = plan.stages().get(stage);
    return known == null ? "" : known.kind();
  }

  private String words(String stage) {
    ProgressPlan.Planned known = plan.stages().get(stage);
    return known == null
        ? "stage " + stage.substring(0, Math.min(12, stage.length()))
        : known.words();
  }

  private static String perplexity(Map<String, Double> metrics) {
    Double value = metrics.get("perplexity");
    return value == null ? "" : String.format(Locale.ROOT, ", perplexity %.3f", value);
  }

  private String head() {
    String time = timeLeft();
    return String.format(
        "trials %d/%d%s, stages %d/%d%s%s",
        ended.size(),
        plan.trials(),
        failed.isEmpty() ? "" : " (" + failed.size() + " failed)",
        done.size(),
        plan.stages().size(),
        reused == 0 ? "" : " (" + reused + " reused)",
        time.isEmpty() ? "" : ", " + time);
  }

  private String timeLeft() {
    Instant now = clock.instant();
    List<TimeLeft.Running> running =
        workers.values().stream()
            .map(
                work ->
                    new TimeLeft.Running(
                        kind(work.stage()),
                        Duration.between(work.begun(), now).toMillis() / 1000.0))
            .toList();
    return left.text(running, crew);
  }

  synchronized void redraw() {
    if (!screen.terminal()) {
      return;
    }
    StringBuilder block = new StringBuilder();
    if (drawn > 0) {
      block.append("\033[").append(drawn).append("A\033[J");
    }
    List<String> lines = lines();
    lines.forEach(line -> block.append(line).append('\n'));
    drawn = lines.size();
    out.print(block);
    out.flush();
  }

  /** The head, the grid, the best of it, and who is at work. */
  private List<String> lines() {
    List<String> lines = new ArrayList<>();
    long seconds = Math.max(0, Duration.between(start, clock.instant()).toSeconds());
    lines.add(
        screen.cut(
            String.format("%s  %s  %d:%02d", plan.name(), head(), seconds / 60, seconds % 60)));
    Set<Integer> busy = new HashSet<>();
    for (Work work : workers.values()) {
      Optional.ofNullable(plan.stages().get(work.stage()))
          .ifPresent(stage -> busy.addAll(stage.trials()));
    }
    lines.addAll(grid.lines(trial -> state(trial, busy), screen.width() - 1, screen.coloured()));
    best.line().ifPresent(line -> lines.add(screen.cut("  " + line)));
    workers.entrySet().stream()
        .limit(MOST_WORKERS)
        .forEach(
            one ->
                lines.add(
                    screen.cut(
                        "  " + OneLine.of(line(one.getKey(), one.getValue()), screen.width()))));
    if (workers.size() > MOST_WORKERS) {
      lines.add("  and " + (workers.size() - MOST_WORKERS) + " more workers");
    }
    return lines;
  }

  private TrialState state(int trial, Set<Integer> busy) {
    if (failed.contains(trial)) {
      return TrialState.FAILED;
    } else if (ended.contains(trial)) {
      return TrialState.DONE;
    }
    return busy.contains(trial) ? TrialState.AT_WORK : TrialState.WAITS;
  }

  private String line(String worker, Work work) {
    Progress progress = work.progress();
    String steps =
        progress.done() == 0
            ? ""
            : progress.done() + (progress.total() == 0 ? "" : "/" + progress.total());
    return String.format("%-10s %s  %s %s", worker, words(work.stage()), steps, progress.note())
        .stripTrailing();
  }
}
