package dev.secateur.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TaskLogTest {
  private static final StageKey KEY = new StageKey("0123456789abcdef0123");
  private static final Task TASK =
      new Task(
          new Lease(7, KEY, 2, new WorkerId("host/cuda:0", "1")),
          new SweepId("s-1"),
          Stage.of(
              KEY, new DiscoverySpec(new ModelRef("m", "/m", "0", 1)), new MemoryNeed.Unknown()),
          CodeVersion.CURRENT);

  private final Logger logger = (Logger) LoggerFactory.getLogger(TaskLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  private Map<String, Object> fields(int line) {
    return lines.list.get(line).getKeyValuePairs().stream()
        .collect(Collectors.toMap(pair -> pair.key, pair -> pair.value));
  }

  private static Outcome.Succeeded outcome(boolean reused) {
    return new Outcome.Succeeded(
        new ArtifactRef(KEY, TASK.stage().kind(), "sha", 1), Map.of(), 2.51, reused, Map.of());
  }

  @Test
  void tellsOfEachTaskThatItBeginsAndHowItEnds() {
    TaskLog.begin(TASK).done(outcome(false));
    TaskLog.begin(TASK).done(outcome(true));
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "discovery 0123456789ab of m begins",
            "discovery 0123456789ab of m is done in 2.5 s",
            "discovery 0123456789ab of m begins",
            "discovery 0123456789ab of m exists already and is reused");
    assertThat(fields(0))
        .containsEntry("event", "task-started")
        .containsEntry("worker", "host/cuda:0")
        .containsEntry("sweep", "s-1")
        .containsEntry("stage", KEY.value())
        .containsEntry("attempt", 2);
    assertThat(fields(1)).containsEntry("event", "task-done").containsEntry("seconds", 2.51);
    assertThat(fields(3)).containsEntry("reused", true);
  }

  @Test
  void aFailureHasItsWholeTraceBesideTheMessage() {
    Throwable cause = new IOException("no space left");
    TaskLog.begin(TASK).failed(new IllegalStateException("it can't be written", cause));
    ILoggingEvent line = lines.list.get(1);
    assertThat(line.getLevel()).isEqualTo(Level.WARN);
    assertThat(line.getFormattedMessage())
        .matches("discovery 0123456789ab of m failed after 0\\.\\d s: it can't be written");
    assertThat(line.getThrowableProxy().getCause().getMessage()).isEqualTo("no space left");
    assertThat(fields(1)).containsEntry("event", "task-failed");
  }

  @Test
  void whatNobodyWantsAnyMoreIsNoFailure() {
    TaskLog.begin(TASK).failed(new CancellationException("cancelled"));
    assertThat(lines.list.get(1).getLevel()).isEqualTo(Level.INFO);
    assertThat(fields(1)).containsEntry("event", "task-given-up");
  }

  @Test
  void aFailureWithoutAMessageHasAReasonOfOneLine() {
    TaskLog.begin(TASK).failed(new IllegalStateException());
    TaskLog.begin(TASK).failed(new IllegalStateException("one\ntwo"));
    assertThat(lines.list.get(1).getFormattedMessage()).endsWith(": an unexpected failure");
    assertThat(lines.list.get(3).getFormattedMessage()).endsWith(": one");
  }

  @Test
  void whatThereIsNoRoomForIsGivenBackAndNoFailure() {
    TaskLog.begin(TASK).givenBack("the disk is full");
    assertThat(lines.list.get(1).getLevel()).isEqualTo(Level.INFO);
    assertThat(lines.list.get(1).getFormattedMessage())
        .isEqualTo("discovery 0123456789ab of m is returned: the disk is full");
    assertThat(fields(1)).containsEntry("event", "task-given-back");
  }
}
