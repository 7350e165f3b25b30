package dev.secateur.actors.events;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import java.nio.file.Path;
import java.util.Map;
import net.logstash.logback.argument.StructuredArguments;
import net.logstash.logback.encoder.LogstashEncoder;
import net.logstash.logback.fieldnames.LogstashFieldNames;
import org.slf4j.LoggerFactory;

/**
 * A file of events, one JSON object a line, written through Logback and appended to where it is
 * there already.
 */
final class EventFile implements AutoCloseable {
  private final Logger logger;
  private final FileAppender<ILoggingEvent> appender;

  EventFile(Path file) {
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
    appender = new FileAppender<>();
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

  void write(Map<String, Object> fields) {
    logger.info("{}", StructuredArguments.entries(fields));
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    appender.stop();
  }
}
