package dev.secateur.actors.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer, which fails when nothing arrives for a while: a process or machine that
 * hangs breaks no connection.
 */
final class WatchedBody extends FilterInputStream {
  private final Duration silence;
  private volatile boolean silent;

  WatchedBody(InputStream body, Duration silence) {
    super(body);
    this.silence = silence;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int count) throws IOException {
    CompletableFuture<Void> arrival =
        new CompletableFuture<Void>().orTimeout(silence.toMillis(), TimeUnit.MILLISECONDS);
    arrival.exceptionally(late -> giveUp());
    try {
      int read = super.read(into, from, count);
      return checked(read);
    } catch (IOException e) {
      checked(0);
      throw e;
    } finally {
      arrival.complete(null);
    }
  }

  private int checked(int read) throws IOException {
    if (silent) {
      throw new IOException("no data received for " + silence.toSeconds() + " s");
    }
    return read;
  }

  private Void giveUp() {
    silent = true;
    try {
      in.close();
    } catch (IOException e) {
      // the reader is told of the silence
    }
    return null;
  }
}
