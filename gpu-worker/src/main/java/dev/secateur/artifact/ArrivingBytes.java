package dev.secateur.artifact;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Bytes that arrive from a store. Its failures are distinguished from those of the local disk, and
 * progress is reported while bytes arrive and while they do not. Read by one thread; must be
 * closed.
 */
final class ArrivingBytes extends FilterInputStream {
  private static final long EVERY_MILLIS = 1000;

  private final Function<IOException, IOException> failure;
  private final Consumer<Long> received;
  private final long silenceNanos;
  private final Executor later;
  private long bytes;
  private long begun;
  private boolean reading;
  private boolean closed;
  private RuntimeException given; // what the listener gave up with

  /**
   * @param failure what a failure to read is thrown as
   * @param received told every second or so how many bytes have come, also on another thread than
   *     that which reads; may throw to give up; the reader is thrown the same
   * @param silence after which a read has failed; a coordinator that stands still breaks no
   *     connection
   */
  ArrivingBytes(
      InputStream body,
      Function<IOException, IOException> failure,
      Consumer<Long> received,
      Duration silence) {
    super(body);
    this.failure = failure;
    this.received = received;
    this.silenceNanos = silence.toNanos();
    long millis = Math.min(EVERY_MILLIS, Math.max(1, silence.toMillis()));
    this.later = CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS);
    later.execute(this::look);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    begin();
    int count = 0;
    try {
      count = super.read(into, offset, length);
    } catch (IOException e) {
      giveUpIfAsked();
      throw failure.apply(e);
    } finally {
      end(count);
    }
    giveUpIfAsked();
    return count;
  }

  private synchronized void begin() {
    reading = true;
    begun = System.nanoTime();
  }

  private synchronized void end(int count) {
    reading = false;
    bytes += Math.max(0, count);
  }

  private synchronized void giveUpIfAsked() {
    if (given != null) {
      throw given;
    }
  }

  /** Every second, until this is closed. */
  private void look() {
    if (goesOn()) {
      later.execute(this::look);
    } else {
      closeBody();
    }
  }

  private synchronized boolean goesOn() {
    if (closed || reading && System.nanoTime() - begun > silenceNanos) {
      return false;
    }
    try {
      received.accept(bytes);
      return true;
    } catch (RuntimeException e) {
      given = e;
      return false;
    }
  }

  private void closeBody() {
    try {
      in.close();
    } catch (IOException e) {
      // the reader is told that the stream is closed
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
    }
    super.close();
  }
}
