package dev.secateur.actors.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What libraries say goes where their owners look. */
class NodeLogTest {
  private final PrintStream before = System.err;

  @AfterEach
  void restore() throws Exception {
    System.setErr(before);
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    new ContextInitializer(context).autoConfig();
  }

  @Test
  void warningsOfLibrariesAreInTheLogWithTracesAndOnStderrInALine() {
    ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    System.setErr(new PrintStream(stderr, true, StandardCharsets.UTF_8));
    NodeLog log = NodeLog.begin(false);
    LoggerFactory.getLogger("com.zaxxer.hikari.pool")
        .warn("{} is slow", "it", new IllegalStateException("why"));
    LoggerFactory.getLogger("com.zaxxer.hikari.pool").warn("it is slow");
    LoggerFactory.getLogger("akka.cluster").info("chatter");
    LoggerFactory.getLogger("dev.secateur.worker.TaskLog")
        .atInfo()
        .addKeyValue("event", "task-done")
        .addKeyValue("worker", "w")
        .log("done");
    LoggerFactory.getLogger("akka.cluster.Cluster")
        .warn("Cluster Node [{}] - Couldn't join seed nodes after [{}] attempts", "a", 2);
    List<Map<String, Object>> lines = new CopyOnWriteArrayList<>();
    log.writeTo(lines::add);
    await().until(() -> lines.size() == 4);
    assertThat(lines.get(0))
        .containsEntry("event", "log")
        .containsEntry("severity", "WARN")
        .containsEntry("logger", "com.zaxxer.hikari.pool")
        .containsEntry("message", "it is slow");
    assertThat(lines.get(0).get("stack_trace").toString())
        .startsWith("java.lang.IllegalStateException: why")
        .contains("at " + NodeLogTest.class.getName());
    assertThat(lines.get(1)).containsEntry("message", "it is slow");
    assertThat(lines.get(2)).containsEntry("event", "task-done").containsEntry("worker", "w");
    assertThat(lines.get(3).get("message").toString())
        .as("JoinWatch says it on stderr")
        .contains("Couldn't join seed nodes after [2] attempts");
    log.close();
    assertThat(stderr.toString(StandardCharsets.UTF_8))
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ WARN  pool: it is slow\\R");
  }
}
