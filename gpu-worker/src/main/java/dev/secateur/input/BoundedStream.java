package dev.secateur.input;

import dev.secateur.protocol.InputException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream with a limit for the bytes read between two calls of {@link #restart}. */
public final class BoundedStream extends FilterInputStream {
  private final long most;
  private final String problem;
  private long given;

  /**
   * @param most the most bytes
   * @param problem the message of the {@link InputException} that ends a longer stream
   */
  public BoundedStream(InputStream content, long most, String problem) {
    super(content);
    this.most = most;
    this.problem = problem;
  }

  /** Counts from zero again. */
  public void restart() {
    given = 0;
  }

  @Override
  public int read() throws IOException {
    int next = super.read();
    count(next < 0 ? 0 : 1);
    return next;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int more = super.read(target, offset, length);
    count(Math.max(0, more));
    return more;
  }

  private void count(int more) {
    given += more;
    if (given > most) {
      throw new InputException(problem);
    }
  }
}
