package dev.secateur.actors.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** A stream that remembers why it could not be written to, which a {@code PrintWriter} does not. */
final class CheckedStream extends OutputStream {
  private final OutputStream to;
  private String problem;

  CheckedStream(OutputStream to) {
    this.to = to;
  }

  /** The first failure in words, where there was one. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      to.write(bytes, offset, length);
    } catch (IOException e) {
      throw noted(e);
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      to.flush();
    } catch (IOException e) {
      throw noted(e);
    }
  }

  private IOException noted(IOException e) {
    if (problem == null) {
      problem = e.getMessage();
    }
    return e;
  }
}
