package dev.secateur.actors.events;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Suppresses messages that were printed in the same words a short while ago. */
final class Repeats extends Filter<ILoggingEvent> {
  private static final int MOST_KNOWN = 200;

  private final Duration quiet;
  private final Map<String, Long> said =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MOST_KNOWN;
        }
      };

  /**
   * @param quiet how long the same words are not said again
   */
  Repeats(Duration quiet) {
    this.quiet = quiet;
  }

  @Override
  public synchronized FilterReply decide(ILoggingEvent event) {
    String words = event.getLoggerName() + event.getFormattedMessage();
    Long before = said.get(words);
    if (before != null && event.getTimeStamp() - before < quiet.toMillis()) {
      return FilterReply.DENY;
    }
    said.remove(words); // the one that was said last is the youngest
    said.put(words, event.getTimeStamp());
    return FilterReply.NEUTRAL;
  }
}
