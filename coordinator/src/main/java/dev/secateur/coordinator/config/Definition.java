package dev.secateur.coordinator.config;

import java.util.ArrayList;
import java.util.List;

/**
 * A value that a configuration gives a key. What stands in a list belongs to the key of the list.
 */
final class Definition {
  private final List<String> path;
  private final int line;
  private final List<List<String>> substitutions = new ArrayList<>();
  private long characters;
  private long values;

  Definition(List<String> path, int line) {
    this.path = path;
    this.line = line;
  }

  void add(int moreCharacters, int moreValues) {
    characters += moreCharacters;
    values += moreValues;
  }

  /**
   * @param target the key whose value is put in
   */
  void substitutes(List<String> target) {
    substitutions.add(target);
  }

  String key() {
    return String.join(".", path);
  }

  int line() {
    return line;
  }

  List<List<String>> substitutions() {
    return substitutions;
  }

  long characters() {
    return characters;
  }

  long values() {
    return values;
  }

  /** Whether a key's value may come from here: it is this key, one within, or one around it. */
  boolean concerns(List<String> key) {
    int common = Math.min(key.size(), path.size());
    return path.subList(0, common).equals(key.subList(0, common));
  }
}
