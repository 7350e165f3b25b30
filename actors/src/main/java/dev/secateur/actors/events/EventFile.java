package dev.secateur.actors.events;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.Map;
import net.logstash.logback.argument.StructuredArguments;
import net.logstash.logback.encoder.LogstashEncoder;
import net.logstash.logback.fieldnames.LogstashFieldNames;
import org.slf4j.LoggerFactory;

/**
 * A file of events, one JSON object per line, written through Logback; an existing file is appended
 * to.
 */
final class EventFile implements AutoCloseable {
  private final Logger logger;
  private final FileAppender<ILoggingEvent> appender;

  EventFile(Path file, EventLog.Rotation rotation) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    LogstashFieldNames names = new LogstashFieldNames();
    names.setTimestamp("time");
    names.setVersion("[ignore]");
    names.setLevelValue("[ignore]");
    names.setLogger("[ignore]");
    names.setThread("[ignore]");
    names.setMessage("[ignore]");
    LogstashEncoder encoder = new LogstashEncoder();
    encoder.setContext(context);
    encoder.setFieldNames(names);
    encoder.setIncludeMdc(false);
    encoder.setTimeZone("UTC");
    encoder.start();
    appender = rolling(file, rotation, context);
    appender.setContext(context);
    appender.setName("events " + file);
    appender.setFile(file.toString());
    appender.setEncoder(encoder);
    appender.start();
    logger = context.getLogger("dev.secateur.events." + file.toString().replace('.', '_'));
    logger.setAdditive(false);
    logger.setLevel(Level.INFO);
    logger.addAppender(appender);
  }

  private static RollingFileAppender<ILoggingEvent> rolling(
      Path file, EventLog.Rotation rotation, LoggerContext context) {
    RollingFileAppender<ILoggingEvent> rolling = new RollingFileAppender<>();
    FixedWindowRollingPolicy names = new FixedWindowRollingPolicy();
    names.setContext(context);
    names.setParent(rolling);
    names.setFileNamePattern(file + ".%i");
    names.setMinIndex(1);
    names.setMaxIndex(rotation.files());
    rolling.setFile(file.toString()); // the policy needs it when it starts
    names.start();
    SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
    size.setContext(context);
    size.setMaxFileSize(new FileSize(rotation.bytes()));
    size.setCheckIncrement(Duration.buildByMilliseconds(0)); // else a burst outgrows it
    size.start();
    rolling.setRollingPolicy(names);
    rolling.setTriggeringPolicy(size);
    return rolling;
  }

  void write(Map<String, Object> fields) {
    logger.info("{}", StructuredArguments.entries(fields));
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    appender.stop();
  }
}
