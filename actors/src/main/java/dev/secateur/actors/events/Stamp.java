package dev.secateur.actors.events;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** The time before each line that a node prints: UTC, in seconds. */
public final class Stamp {
  private static final String FORM = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ ";

  private Stamp() {}

  /** The line without its stamp, where it has one. */
  public static String without(String line) {
    return line.replaceFirst("^" + FORM, "");
  }

  /** A writer that begins each line with the time. */
  public static PrintWriter before(Writer out, InstantSource clock) {
    return new PrintWriter(new Lines(out, clock), true);
  }

  private static final class Lines extends Writer {
    private final Writer out;
    private final InstantSource clock;
    private boolean within;

    private Lines(Writer out, InstantSource clock) {
      super(out);
      this.out = out;
      this.clock = clock;
    }

    @Override
    public void write(char[] text, int offset, int length) throws IOException {
      synchronized (lock) {
        for (int i = offset; i < offset + length; i++) {
          if (!within && text[i] != '\n' && text[i] != '\r') {
            out.write(clock.instant().truncatedTo(ChronoUnit.SECONDS) + " ");
          }
          within = text[i] != '\n';
          out.write(text[i]);
        }
      }
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
