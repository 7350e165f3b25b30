package dev.secateur.coordinator.report.table;

import java.util.Locale;
import java.util.Optional;

/**
 * The content of a cell.
 *
 * @param text for people and CSV; empty if nothing is known
 * @param number for JSON, if it is one
 * @param error the standard error or deviation of the number
 * @param mark how it compares with the others of its column and group
 */
public record Cell(
    String text, Optional<? extends Number> number, Optional<Spread> error, Mark mark) {
  public static final Cell NONE = of("");

  /** What stands behind a plus-minus sign. */
  public record Spread(String text, double value) {}

  /** How good a number is. */
  public enum Mark {
    NONE,
    BEST,
    SECOND
  }

  public static Cell of(String text) {
    return new Cell(text, Optional.empty(), Optional.empty(), Mark.NONE);
  }

  public static Cell of(String text, Number number) {
    return new Cell(text, Optional.of(number), Optional.empty(), Mark.NONE);
  }

  /** With four decimals, as tables of results have them. */
  public static Cell real(double value) {
    return of(decimals(value), value);
  }

  public static String decimals(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  /** The same with its error. */
  public Cell within(String deviation, double value) {
    return new Cell(text, number, Optional.of(new Spread(deviation, value)), mark);
  }

  Cell marked(Mark other) {
    return new Cell(text, number, error, other);
  }

  boolean isKnown() {
    return !text.isEmpty();
  }

  /** As people read it; a hyphen where nothing is known. */
  String shown(String plusMinus) {
    return isKnown() ? text + error.map(e -> plusMinus + e.text()).orElse("") : "-";
  }
}
