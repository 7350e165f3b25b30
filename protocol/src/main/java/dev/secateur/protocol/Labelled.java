package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * An enum constant with the name that configurations, files and people use: lower case, words
 * joined by hyphens.
 */
public interface Labelled {
  String name();

  @JsonValue
  default String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
