package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigOrigin;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a configuration, so that all of it is told at once. */
final class Problems {
  private final String file;
  private final List<String> lines = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  void add(ConfigOrigin origin, String problem) {
    String line = origin == null || origin.lineNumber() < 1 ? "" : ":" + origin.lineNumber();
    lines.add(file + line + ": " + problem);
  }

  /**
   * @throws InputException when there is any problem, one to a line
   */
  void throwIfAny() {
    if (!lines.isEmpty()) {
      throw new InputException(String.join("\n", lines));
    }
  }
}
