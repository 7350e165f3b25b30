package dev.secateur.coordinator.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.InputException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Labels and notes of sweeps, as text. */
public final class SweepLabels {
  private static final int SHOWN = 80;

  private SweepLabels() {}

  /** All of them in a line: {@code baseline, team=nlp}. */
  public static String words(Map<String, String> labels) {
    return labels.entrySet().stream()
        .map(one -> one.getValue().isEmpty() ? one.getKey() : one.getKey() + "=" + one.getValue())
        .collect(Collectors.joining(", "));
  }

  /**
   * A configuration with more labels, and other notes, in lines at its end.
   *
   * @param text HOCON
   * @param labels each {@code NAME} or {@code NAME=VALUE}
   * @throws InputException when the name of a label is none
   */
  public static String added(String text, List<String> labels, Optional<String> notes) {
    StringBuilder added = new StringBuilder(text);
    boolean listed = !labels.isEmpty() && isListed(text);
    for (String label : labels) {
      int equals = label.indexOf('=');
      String name = equals < 0 ? label : label.substring(0, equals);
      if (!LabelKeys.isName(name)) {
        throw new InputException(
            "--label is '" + OneLine.of(label, SHOWN) + "'; it must be NAME or NAME=VALUE");
      }
      String value = equals < 0 ? "" : label.substring(equals + 1);
      added
          .append("\n")
          .append(
              listed
                  ? "labels += " + quoted(label)
                  : "labels." + quoted(name) + " = " + quoted(value));
    }
    notes.ifPresent(words -> added.append("\nnotes = ").append(quoted(words)));
    return added.length() == text.length() ? text : added.append("\n").toString();
  }

  /**
   * Whether a configuration has its labels in a list; not where it can't be read, which is told.
   */
  private static boolean isListed(String text) {
    try {
      return ConfigFactory.parseString(text).root().get(LabelKeys.LABELS.name())
          instanceof ConfigList;
    } catch (ConfigException e) {
      return false;
    }
  }

  /** As HOCON has it, which takes texts as JSON writes them. */
  private static String quoted(String text) {
    try {
      return Json.MAPPER.writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
