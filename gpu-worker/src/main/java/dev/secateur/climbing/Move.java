package dev.secateur.climbing;

/**
 * Returns units to one structure and removes units from another instead.
 *
 * @param from the structure that gets units back
 * @param back how many
 * @param to the structure that loses more
 * @param more how many
 */
public record Move(String from, int back, String to, int more) {
  /** The other way round. */
  Move reversed() {
    return new Move(to, more, from, back);
  }
}
