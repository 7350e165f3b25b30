package dev.secateur.worker;

import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.Task;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The lines about one task in a worker's log: its start, its end, and the stack trace of a failure.
 * Each line has worker, sweep, stage and attempt as fields.
 */
public final class TaskLog {
  private static final Logger LOG = LoggerFactory.getLogger(TaskLog.class);

  private final Task task;
  private final long start = System.nanoTime();

  private TaskLog(Task task) {
    this.task = task;
  }

  /** A task begins. */
  public static TaskLog begin(Task task) {
    TaskLog log = new TaskLog(task);
    log.line(Level.INFO, "task-started").log("{} begins", log.what());
    return log;
  }

  /** It has an artifact. */
  public void done(Outcome.Succeeded outcome) {
    line(Level.INFO, "task-done")
        .addKeyValue("seconds", outcome.seconds())
        .addKeyValue("reused", outcome.reused())
        .log(
            outcome.reused() ? "{} exists already and is reused{}" : "{} is done{}",
            what(),
            outcome.reused() ? "" : String.format(Locale.ROOT, " in %.1f s", outcome.seconds()));
  }

  /** It has none. */
  public void failed(Throwable failure) {
    if (failure instanceof CancellationException) {
      line(Level.INFO, "task-given-up").log("{} is abandoned", what());
      return;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    line(Level.WARN, "task-failed")
        .addKeyValue("seconds", seconds)
        .setCause(failure)
        .log(
            "{} failed after {} s: {}",
            what(),
            String.format(Locale.ROOT, "%.1f", seconds),
            FailureReason.of(failure));
  }

  /** It goes to another worker, for want of room on a disk. */
  public void givenBack(String reason) {
    line(Level.INFO, "task-given-back").log("{} is returned: {}", what(), reason);
  }

  private String what() {
    Stage stage = task.stage();
    return stage.kind().label() + " " + stage.key().brief() + " of " + stage.spec().model().name();
  }

  private LoggingEventBuilder line(Level level, String event) {
    return LOG.atLevel(level)
        .addKeyValue("event", event)
        .addKeyValue("worker", task.lease().worker().name())
        .addKeyValue("sweep", task.sweep().value())
        .addKeyValue("stage", task.stage().key().value())
        .addKeyValue("kind", task.stage().kind().label())
        .addKeyValue("attempt", task.lease().attempt());
  }
}
