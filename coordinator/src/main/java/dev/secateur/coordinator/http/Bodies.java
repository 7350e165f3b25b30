package dev.secateur.coordinator.http;

import akka.http.javadsl.model.RequestEntity;
import akka.stream.Materializer;
import akka.stream.StreamLimitReachedException;
import akka.stream.javadsl.Sink;
import akka.util.ByteString;
import dev.secateur.coordinator.config.ConfigurationText;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * Bodies of requests, up to a size. The rest of a larger body is read and discarded: a client that
 * gets an answer while it still sends would see a broken connection instead.
 */
final class Bodies {
  /** How many times the size that is allowed is listened to before the connection is closed. */
  private static final int PATIENCE = 16;

  private Bodies() {}

  /**
   * A body as text.
   *
   * @param most how many bytes it may have
   * @return empty when it has more; fails with an InputException where it is not UTF-8
   */
  static CompletionStage<Optional<String>> text(
      RequestEntity entity, long most, Materializer materializer) {
    return entity
        .withoutSizeLimit()
        .getDataBytes()
        .limitWeighted(PATIENCE * most, part -> (long) part.size())
        .runWith(
            Sink.fold(
                ByteString.emptyByteString(),
                (all, part) -> all.size() > most ? all : all.concat(part)),
            materializer)
        .thenApply(all -> all.size() > most ? Optional.<String>empty() : text(all))
        .exceptionally(Bodies::endless);
  }

  private static Optional<String> text(ByteString all) {
    return Optional.of(ConfigurationText.of(all.toArray(), "the configuration"));
  }

  private static Optional<String> endless(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof StreamLimitReachedException) {
      return Optional.empty();
    }
    throw new CompletionException(cause);
  }

  /** A stream that knows whether more came than may. */
  static final class Limited extends FilterInputStream {
    private final long most;
    private long read;

    /**
     * @param most how many bytes may come
     */
    Limited(InputStream from, long most) {
      super(from);
      this.most = most;
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      count(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int got = super.read(into, offset, length);
      count(Math.max(got, 0));
      return got;
    }

    private void count(int more) throws IOException {
      read += more;
      if (read > most) {
        in.transferTo(OutputStream.nullOutputStream());
        throw new TooLarge();
      }
    }
  }

  /** More came than may; all of it has been read. */
  static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1;
  }
}
