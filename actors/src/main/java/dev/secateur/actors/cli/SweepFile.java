package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.Sources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A sweep's configuration: a file, or one that Secateur brings along. */
final class SweepFile {
  private SweepFile() {}

  /**
   * @param name a file, or {@code quickstart}
   * @throws InputException when there is neither, or anything in it is wrong
   */
  static SweepConfig read(String name, Sources sources) {
    Path file = Path.of(name);
    try (InputStream builtIn = SweepFile.class.getResourceAsStream("/sweeps/" + name + ".conf")) {
      if (Files.isRegularFile(file)) {
        return SweepConfigReader.read(Files.readString(file), name, sources);
      } else if (builtIn != null) {
        String text = new String(builtIn.readAllBytes(), StandardCharsets.UTF_8);
        return SweepConfigReader.read(text, name + ".conf", sources);
      }
    } catch (IOException e) {
      throw new InputException(name + ": can't be read: " + e.getMessage(), e);
    }
    throw new InputException(name + ": no such file; give a sweep configuration, or 'quickstart'");
  }
}
