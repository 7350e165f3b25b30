package dev.secateur.artifact;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What comes from a store, so that its failures are told apart from those of this disk, and so that
 * somebody hears of it while it comes.
 */
final class ArrivingBytes extends FilterInputStream {
  private static final long EVERY_NANOS = 1_000_000_000L;

  /** A coordinator that stands still breaks no connection. */
  private static final Duration SILENCE = Duration.ofSeconds(45);

  private final Function<IOException, IOException> failure;
  private final Consumer<Long> received;
  private long bytes;
  private long last = System.nanoTime();

  /**
   * @param failure what a failure to read is thrown as
   * @param received told how many bytes have come, every second or so; may throw to give up
   */
  ArrivingBytes(
      InputStream body, Function<IOException, IOException> failure, Consumer<Long> received) {
    super(body);
    this.failure = failure;
    this.received = received;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int count = next(into, offset, length);
    bytes += Math.max(0, count);
    if (System.nanoTime() - last > EVERY_NANOS) {
      last = System.nanoTime();
      received.accept(bytes);
    }
    return count;
  }

  private int next(byte[] into, int offset, int length) throws IOException {
    CompletableFuture<Void> arrival =
        new CompletableFuture<Void>().orTimeout(SILENCE.toMillis(), TimeUnit.MILLISECONDS);
    arrival.exceptionally(late -> giveUp());
    try {
      return super.read(into, offset, length);
    } catch (IOException e) {
      throw failure.apply(e);
    } finally {
      arrival.complete(null);
    }
  }

  private Void giveUp() {
    try {
      in.close();
    } catch (IOException e) {
      // whoever reads is told that the stream is closed
    }
    return null;
  }
}
