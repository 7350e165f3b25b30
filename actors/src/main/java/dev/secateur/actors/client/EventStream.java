package dev.secateur.actors.client;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.EventSource;
import com.launchdarkly.eventsource.StreamClosedByServerException;
import com.launchdarkly.eventsource.StreamException;
import com.launchdarkly.logging.LDLogger;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/**
 * The server-sent events of an answer of the API. {@link Exchange} has connected, and {@link
 * EventReader} reconnects; the library reads one stream to its end.
 */
final class EventStream implements Closeable {
  private final EventSource source;

  EventStream(Exchange.Opened answer) {
    source =
        new EventSource.Builder(new Connected(answer))
            .errorStrategy(ErrorStrategy.alwaysThrow())
            .logger(LDLogger.none())
            .build();
  }

  /**
   * The data of the next event, or nothing at the end of the stream. An event without data is a
   * heartbeat of the server and is left out, as is one that the stream ends within.
   *
   * @throws IOException when the connection breaks
   */
  Optional<String> next() throws IOException {
    try {
      String data = "";
      while (data.isEmpty()) {
        data = source.readMessage().getData();
      }
      return Optional.of(data);
    } catch (StreamClosedByServerException e) {
      return Optional.empty();
    } catch (StreamException e) {
      throw e.getCause() instanceof IOException broken ? broken : new IOException(e);
    }
  }

  @Override
  public void close() {
    source.close();
  }

  /** Takes the connection that there is. */
  private static final class Connected extends ConnectStrategy {
    private final Exchange.Opened answer;

    Connected(Exchange.Opened answer) {
      this.answer = answer;
    }

    @Override
    public Client createClient(LDLogger logger) {
      return new Client() {
        @Override
        public Result connect(String lastEventId) {
          return new Result(answer.body(), answer.address(), answer.body());
        }

        @Override
        public boolean awaitClosed(long milliseconds) {
          return true;
        }

        @Override
        public URI getOrigin() {
          return answer.address();
        }

        @Override
        public void close() throws IOException {
          answer.body().close();
        }
      };
    }
  }
}
