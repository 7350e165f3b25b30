package dev.secateur.coordinator.config;

import java.util.ArrayList;
import java.util.List;

/** A key as HOCON writes it: elements between dots, quoted ones whole. */
final class KeyPath {
  private KeyPath() {}

  static List<String> parse(String written) {
    List<String> elements = new ArrayList<>();
    StringBuilder element = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < written.length(); i++) {
      char c = written.charAt(i);
      if (c == '\\' && quoted && i + 1 < written.length()) {
        element.append(c).append(written.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == '.' && !quoted) {
        elements.add(element.toString().strip());
        element.setLength(0);
      } else {
        element.append(c);
      }
    }
    elements.add(element.toString().strip());
    return List.copyOf(elements);
  }

  static List<String> within(List<String> outer, List<String> inner) {
    List<String> all = new ArrayList<>(outer);
    all.addAll(inner);
    return List.copyOf(all);
  }
}
