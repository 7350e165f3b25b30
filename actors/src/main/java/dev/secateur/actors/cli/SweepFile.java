package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.Includes;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** A sweep's configuration: a file, or one that Secateur includes. */
final class SweepFile {
  private static final String WANTED = "give a sweep configuration, 'quickstart' or 'best'";

  private SweepFile() {}

  /**
   * @param name a file, {@code quickstart} or {@code best}
   * @param change what is changed of its text
   * @throws InputException when there is neither, or anything in it is wrong
   */
  static SweepConfig read(String name, UnaryOperator<String> change, Sources sources) {
    String text = change.apply(text(name));
    return SweepConfigReader.read(text, name(name), sources);
  }

  /** Whether it is a sweep that Secateur includes, or a configuration file. */
  static boolean isThere(String name) {
    return SweepFile.class.getResource(builtIn(name)) != null
        || name.endsWith(".conf") && Files.isRegularFile(Path.of(name));
  }

  private static String builtIn(String name) {
    return "/sweeps/" + name + ".conf";
  }

  /** The name used in error messages. */
  static String name(String name) {
    return Files.isRegularFile(Path.of(name)) ? name : name + ".conf";
  }

  /**
   * The text, with the files in it that it includes.
   *
   * @throws InputException when there is no such file, nor one that Secateur brings along
   */
  static String text(String name) {
    if (name.isBlank()) {
      throw new InputException("the sweep's name is empty; " + WANTED);
    }
    Path file = Path.of(name);
    try (InputStream builtIn = SweepFile.class.getResourceAsStream(builtIn(name))) {
      if (Files.isRegularFile(file)) {
        return Includes.expand(file);
      } else if (builtIn != null) {
        return new String(builtIn.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new InputException(name + ": can't be read: " + e.getMessage(), e);
    }
    throw new InputException(name + ": no such file; " + WANTED);
  }
}
