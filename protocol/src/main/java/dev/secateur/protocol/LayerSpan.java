package dev.secateur.protocol;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Blocks of a model.
 *
 * @param first the first
 * @param end the one after the last
 */
public record LayerSpan(int first, int end) {
  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,6})\\.\\.(\\d{1,6})");

  /** Whether a block is one of these. */
  public boolean contains(int layer) {
    return layer >= first && layer < end;
  }

  /** What people write as {@code 4..30}; empty where it is something else. */
  public static Optional<LayerSpan> parse(String written) {
    Matcher span = WRITTEN.matcher(written);
    return span.matches()
        ? Optional.of(
            new LayerSpan(Integer.parseInt(span.group(1)), Integer.parseInt(span.group(2))))
        : Optional.empty();
  }
}
