package dev.secateur.coordinator.track;

import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.Tracking;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Reports sweeps to other services, if their authors ask for it, on its own threads: callers never
 * wait. If a target did not receive the end of a sweep, the sweep's run folder says so, and the
 * next coordinator continues from there.
 */
public final class Tracker implements AutoCloseable {
  /** The file of a run folder that is there while somebody was not told of a sweep's end. */
  public static final String PENDING = Pending.FILE;

  private static final int THREADS = 2;

  private final RunFiles files;
  private final Consumer<Notice> notices;
  private final UnaryOperator<String> environment;
  private final Patience patience;
  private final ScheduledThreadPoolExecutor threads =
      new ScheduledThreadPoolExecutor(THREADS, Tracker::thread);
  private final Map<SweepId, Tracked> sweeps = new HashMap<>();

  /**
   * How long it waits before it tries again: twice as long each time.
   *
   * @param first after the first failure
   * @param longest at most
   */
  public record Patience(Duration first, Duration longest) {
    static final Patience USUAL = new Patience(Duration.ofSeconds(1), Duration.ofMinutes(5));
  }

  /** A sweep's couriers. */
  private record Tracked(Tracking tracking, List<Courier> couriers) {}

  /**
   * @param files the run folders
   * @param notices receives when a target can't be reached, and when it can again; on any thread
   */
  public Tracker(RunFiles files, Consumer<Notice> notices) {
    this(files, notices, System::getenv, Patience.USUAL);
  }

  Tracker(
      RunFiles files,
      Consumer<Notice> notices,
      UnaryOperator<String> environment,
      Patience patience) {
    this.files = files;
    this.notices = notices;
    this.environment = environment;
    this.patience = patience;
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "tracking");
    thread.setDaemon(true);
    return thread;
  }

  /** Reports the progress of a running sweep. */
  public void offer(Tracking tracking, Path folder, Snapshot snapshot) {
    tracked(snapshot.results().sweep(), tracking, folder)
        .couriers()
        .forEach(courier -> courier.offer(snapshot));
  }

  /**
   * How a sweep has ended. Writes into its folder what is still to be told.
   *
   * @throws IOException when that can't be written
   */
  public void offerEnd(Tracking tracking, Path folder, Snapshot snapshot) throws IOException {
    new Pending(tracking, snapshot.completed()).write(folder, files);
    offer(tracking, folder, snapshot);
  }

  /**
   * Resumes reports of sweeps that had ended.
   *
   * @param folders their run folders
   */
  public void resume(Collection<Path> folders) {
    List<Path> all = List.copyOf(folders);
    try {
      threads.execute(() -> all.forEach(this::resume));
    } catch (RejectedExecutionException e) {
      return; // the coordinator ends already
    }
  }

  private void resume(Path folder) {
    try {
      Optional<Pending> pending = Pending.of(folder, files);
      if (pending.isPresent()) {
        offer(pending.get().tracking(), folder, pending.get().snapshot(folder, files));
      }
    } catch (IOException | RuntimeException e) {
      notices.accept(
          new Notice(
              "coordinator",
              "tracking-failed",
              Map.of("folder", folder.toString(), "reason", FailureReason.of(e))));
    }
  }

  private synchronized Tracked tracked(SweepId sweep, Tracking tracking, Path folder) {
    Tracked known = sweeps.get(sweep);
    if (known == null || !known.tracking().equals(tracking)) {
      known = begin(sweep, tracking, folder);
      sweeps.put(sweep, known);
    }
    return known;
  }

  private Tracked begin(SweepId sweep, Tracking tracking, Path folder) {
    List<Target> targets = new ArrayList<>();
    if (!tracking.mlflow().isEmpty()) {
      targets.add(new MlflowTarget(sweep, tracking, refusals(sweep, "mlflow")));
    }
    if (!tracking.webhook().isEmpty()) {
      targets.add(new WebhookTarget(tracking, environment, refusals(sweep, "webhook")));
    }
    Set<Target> told = ConcurrentHashMap.newKeySet();
    return new Tracked(
        tracking,
        targets.stream()
            .map(
                target ->
                    new Courier(
                        sweep,
                        target,
                        threads,
                        patience,
                        notices,
                        () -> {
                          told.add(target);
                          if (told.size() == targets.size()) {
                            finish(sweep, folder);
                          }
                        }))
            .toList());
  }

  private Consumer<String> refusals(SweepId sweep, String target) {
    return why ->
        notices.accept(
            new Notice(
                "coordinator",
                "tracking-refused",
                Map.of("sweep", sweep.value(), "target", target, "reason", why)));
  }

  private void finish(SweepId sweep, Path folder) {
    try {
      synchronized (this) {
        sweeps.remove(sweep);
      }
      files.remove(folder, Pending.FILE);
    } catch (IOException e) {
      notices.accept(
          new Notice(
              "coordinator",
              "tracking-failed",
              Map.of("sweep", sweep.value(), "reason", FailureReason.of(e))));
    }
  }

  /** Ends its threads; what is not told is left to the next coordinator. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
