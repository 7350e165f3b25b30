package dev.secateur.actors.events;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * Log messages of a node: warnings and errors, also of libraries, and the activity of Secateur's
 * own parts. Warnings go to stderr, one line each, and the same line at most once a minute. All
 * messages go to the node's log with stack traces; they are buffered until that is open.
 */
public final class NodeLog {
  private static final String STDERR = "stderr";
  private static final String FILE = "file";
  private static final int MOST_KEPT = 1_000;
  private static final int QUEUE = 1_024;
  private static final Duration QUIET = Duration.ofMinutes(1);
  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss'Z',UTC} %-5level %logger{0}: %msg%n";

  private final Lines lines = new Lines();
  private final AsyncAppender queue = new AsyncAppender();

  private NodeLog() {}

  /**
   * Begins to listen to all loggers of this process.
   *
   * @param debug whether stderr has what is no warning too, and stack traces
   */
  public static NodeLog begin(boolean debug) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger root = root();
    root.detachAndStopAllAppenders();
    root.setLevel(debug ? Level.INFO : Level.WARN);
    context.getLogger("dev.secateur").setLevel(Level.INFO);
    context.getLogger("org.flywaydb").setLevel(Level.ERROR); // that H2 is newer than it knows
    root.addAppender(stderr(context, debug));
    NodeLog log = new NodeLog();
    log.lines.setContext(context);
    log.lines.start();
    log.queue.setContext(context);
    log.queue.setName(FILE);
    log.queue.setQueueSize(QUEUE);
    log.queue.setDiscardingThreshold(0);
    log.queue.addAppender(log.lines);
    log.queue.start();
    root.addAppender(log.queue);
    return log;
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static ConsoleAppender<ILoggingEvent> stderr(LoggerContext context, boolean debug) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN + (debug ? "" : "%nopex"));
    encoder.start();
    ThresholdFilter warnings = new ThresholdFilter();
    warnings.setLevel(debug ? "INFO" : "WARN");
    warnings.start();
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setName(STDERR);
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.addFilter(warnings);
    if (!debug) {
      stderr.addFilter(new Unsaid());
    }
    Repeats repeats = new Repeats(QUIET);
    repeats.start();
    stderr.addFilter(repeats);
    stderr.start();
    return stderr;
  }

  /** What stderr has in better words, or means nothing to people; the log's file has it. */
  private static final class Unsaid extends Filter<ILoggingEvent> {
    private record Known(String logger, String part) {}

    private static final List<Known> ALL =
        List.of(
            new Known("ai.djl.util.cuda.CudaUtils", "Failed to detect GPU count"),
            new Known("akka.cluster.Cluster", "Couldn't join seed nodes"), // JoinWatch says why
            new Known("akka.stream.Materializer", "Upstream failed")); // a connection has ended

    @Override
    public FilterReply decide(ILoggingEvent event) {
      return ALL.stream()
              .anyMatch(
                  known ->
                      known.logger().equals(event.getLoggerName())
                          && event.getFormattedMessage().contains(known.part()))
          ? FilterReply.DENY
          : FilterReply.NEUTRAL;
    }
  }

  /** Writes to the file what is queued for it, and nothing more: the process is about to halt. */
  public static void flush() {
    Optional.ofNullable(root().getAppender(FILE)).ifPresent(Appender::stop);
  }

  /** Says nothing more on stderr. */
  public void hush() {
    root().getAppender(STDERR).stop();
  }

  /** Writes there from now on, first what was said before. */
  void writeTo(Consumer<Map<String, Object>> file) {
    lines.open(file);
  }

  /** Ends to listen; what was said is written. */
  void close() {
    queue.stop();
    lines.stop();
  }

  /** Makes a line's fields of what is said. */
  private static final class Lines extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private final ThrowableProxyConverter traces = new ThrowableProxyConverter();
    private final Deque<Map<String, Object>> kept = new ArrayDeque<>();
    private Consumer<Map<String, Object>> file;

    @Override
    public void start() {
      traces.start();
      super.start();
    }

    private synchronized void open(Consumer<Map<String, Object>> opened) {
      kept.forEach(opened);
      kept.clear();
      file = opened;
    }

    @Override
    protected synchronized void append(ILoggingEvent event) {
      Map<String, Object> line = fields(event);
      if (file != null) {
        file.accept(line);
        return;
      }
      if (kept.size() == MOST_KEPT) {
        kept.removeFirst();
      }
      kept.addLast(line);
    }

    private Map<String, Object> fields(ILoggingEvent event) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("event", "log");
      fields.put("severity", event.getLevel().toString());
      fields.put("logger", event.getLoggerName());
      fields.put("message", event.getFormattedMessage());
      if (event.getKeyValuePairs() != null) {
        event.getKeyValuePairs().forEach(pair -> fields.put(pair.key, pair.value));
      }
      if (event.getThrowableProxy() != null) {
        fields.put("stack_trace", traces.convert(event));
      }
      return fields;
    }
  }
}
