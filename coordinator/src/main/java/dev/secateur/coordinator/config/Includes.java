package dev.secateur.coordinator.config;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Inserts the files that a configuration includes into its text, so that the text is complete
 * wherever it is read. An included text replaces {@code include "FILE"}: braces around the whole of
 * it are removed, and {@code ${...}} in it refers to keys from the top. Files lie in the folder of
 * the configuration or below, with links resolved; a name is relative to the file that includes it.
 */
public final class Includes {
  /** How many includes a configuration may have, those of included files too. */
  static final int MOST = 100;

  private final Path folder;
  private final StringBuilder whole = new StringBuilder();
  private final Deque<Path> open = new ArrayDeque<>();
  private int count;

  private Includes(Path folder) {
    this.folder = folder;
  }

  /**
   * A configuration with what it includes. A text without includes is as it was.
   *
   * @throws InputException naming file and line, when an included file is missing, leads outside
   *     the folder, includes itself, or is no text that can stand there
   */
  public static String expand(Path file) {
    String text = ConfigurationText.read(file);
    if (IncludeScan.of(text).statements().isEmpty()) {
      return text;
    }
    try {
      Path real = file.toRealPath();
      Includes includes = new Includes(real.getParent());
      includes.open.push(real);
      includes.append(text, file.toString(), file.toString());
      return includes.whole.toString();
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  /**
   * @param shown the file as messages name it
   * @param top the configuration as messages name it
   */
  private void append(String text, String shown, String top) throws IOException {
    int from = 0;
    for (IncludeScan.Statement statement : IncludeScan.of(text).statements()) {
      whole.append(text, from, statement.from()).append('\n');
      String place = shown + ":" + statement.line() + ": ";
      Path included = file(statement, place);
      String name = folder.relativize(included).toString();
      String path = SourceLines.beside(top, name);
      if (++count > MOST) {
        throw new InputException(place + "include number " + count + "; the maximum is " + MOST);
      }
      String body = IncludeScan.of(ConfigurationText.read(included)).body(path);
      whole.append(SourceLines.begin(name)).append('\n');
      open.push(included);
      append(body, path, top);
      open.pop();
      whole.append('\n').append(SourceLines.end(name, statement.line())).append('\n');
      from = statement.to();
      if (whole.length() > Limits.DEFAULT.bytes()) {
        throw new InputException(
            place
                + "with what is included the configuration has more than "
                + Limits.DEFAULT.bytes()
                + " characters, the maximum");
      }
    }
    whole.append(text, from, text.length());
  }

  private Path file(IncludeScan.Statement statement, String place) throws IOException {
    String name = statement.name();
    if (!statement.ofFile() || name.contains("://")) {
      throw new InputException(
          place + "includes '" + name + "'; only files beside the configuration can be included");
    }
    Path file;
    try {
      file = open.element().resolveSibling(name);
    } catch (InvalidPathException e) {
      throw new InputException(place + "no file can be called '" + name + "'", e);
    }
    if (!Files.isRegularFile(file)) {
      throw new InputException(place + "includes '" + name + "'; there is no such file");
    }
    Path real = file.toRealPath();
    if (!real.startsWith(folder) || !SourceLines.isPlain(folder.relativize(real).toString())) {
      throw new InputException(
          place + "includes '" + name + "', which is not in the folder of the configuration");
    } else if (open.contains(real)) {
      throw new InputException(
          place + "includes '" + name + "', which includes this file again; break the cycle");
    }
    return real;
  }
}
