package dev.secateur.text;

import dev.secateur.protocol.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Lines of a stream as bytes, none of them longer than a limit. */
final class TextLines implements AutoCloseable {
  private final InputStream content;
  private final long longest;
  private final byte[] buffer = new byte[1 << 16];
  private int at;
  private int end;
  private long number;

  /**
   * @param longest the most bytes of a line
   */
  TextLines(InputStream content, long longest) {
    this.content = content;
    this.longest = longest;
  }

  /** The number of the line that was read last, or that could not be read. */
  long number() {
    return number;
  }

  /**
   * The next line with its line break; nothing at the end.
   *
   * @throws InputException when it is longer than the limit
   */
  byte[] next() throws IOException {
    number++;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (fill()) {
      int start = at;
      while (at < end && buffer[at] != '\n') {
        at++;
      }
      boolean ends = at < end;
      at += ends ? 1 : 0;
      line.write(buffer, start, at - start);
      if (line.size() > longest) {
        throw new InputException(RowFile.TOO_LARGE);
      } else if (ends) {
        break;
      }
    }
    return line.toByteArray();
  }

  private boolean fill() throws IOException {
    if (at == end) {
      at = 0;
      end = Math.max(0, content.read(buffer));
    }
    return end > 0;
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
