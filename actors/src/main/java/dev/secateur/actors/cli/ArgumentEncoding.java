package dev.secateur.actors.cli;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Java reads arguments and names of files in the encoding of the locale. Under ASCII (LC_ALL=C) all
 * other characters are lost before {@code main} begins.
 */
final class ArgumentEncoding {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  private ArgumentEncoding() {}

  /** What to tell of arguments of this process that were lost, if any were. */
  static Optional<String> problem() {
    String encoding = System.getProperty("sun.jnu.encoding");
    if (Charset.forName(encoding).newEncoder().canEncode('\u00df') || !isBeyondAscii()) {
      return Optional.empty();
    }
    return Optional.of(
        "the arguments have characters that the locale's encoding ("
            + encoding
            + ") lacks; set LC_ALL=C.UTF-8, or another UTF-8 locale that 'locale -a' lists");
  }

  private static boolean isBeyondAscii() {
    try {
      for (byte each : Files.readAllBytes(COMMAND_LINE)) {
        if (each < 0) {
          return true;
        }
      }
    } catch (IOException e) {
      return false; // not on Linux, or /proc is not mounted
    }
    return false;
  }
}
