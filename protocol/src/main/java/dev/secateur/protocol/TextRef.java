package dev.secateur.protocol;

/**
 * A text.
 *
 * @param name what the configuration calls it: a file, or {@code wordnet} for the built-in glosses
 * @param sha256 hash of the file, or the name of the built-in data; it identifies the text in keys
 */
public record TextRef(String name, String sha256) {
  /** The name of the built-in text. */
  public static final String WORDNET = "wordnet";
}
