package dev.secateur.coordinator.report.table;

import java.util.Locale;
import java.util.Optional;

/** The content of a cell. */
public sealed interface Cell {
  /** For people and CSV; empty if nothing is known. */
  String text();

  /** For JSON, if it is one. */
  default Optional<Number> number() {
    return Optional.empty();
  }

  /** The standard error or deviation of the number. */
  default Optional<Spread> error() {
    return Optional.empty();
  }

  /** How it compares with the others of its column and group. */
  default Mark mark() {
    return Mark.NONE;
  }

  default Cell marked(Mark other) {
    return this;
  }

  /** What stands behind a plus-minus sign. */
  record Spread(String text, double value) {}

  /** How good a number is. */
  enum Mark {
    NONE,
    BEST,
    SECOND
  }

  /** Text, or nothing. */
  record Words(String text) implements Cell {}

  /** A number. */
  record Figure(String text, Number value, Mark mark) implements Cell {
    @Override
    public Optional<Number> number() {
      return Optional.of(value);
    }

    @Override
    public Figure marked(Mark other) {
      return new Figure(text, value, other);
    }

    /** The same with its error. */
    public Estimate within(String deviation, double error) {
      return new Estimate(this, new Spread(deviation, error));
    }
  }

  /** A number with its error. */
  record Estimate(Figure figure, Spread spread) implements Cell {
    @Override
    public String text() {
      return figure.text();
    }

    @Override
    public Optional<Number> number() {
      return figure.number();
    }

    @Override
    public Optional<Spread> error() {
      return Optional.of(spread);
    }

    @Override
    public Mark mark() {
      return figure.mark();
    }

    @Override
    public Estimate marked(Mark other) {
      return new Estimate(figure.marked(other), spread);
    }
  }

  /** Where nothing is known. */
  static Cell none() {
    return of("");
  }

  static Cell of(String text) {
    return new Words(text);
  }

  static Figure of(String text, Number number) {
    return new Figure(text, number, Mark.NONE);
  }

  /** With four decimals, as tables of results have them. */
  static Figure real(double value) {
    return of(decimals(value), value);
  }

  static String decimals(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  default boolean isKnown() {
    return !text().isEmpty();
  }

  /** As people read it; a hyphen where nothing is known. */
  default String shown(String plusMinus) {
    return isKnown() ? text() + error().map(e -> plusMinus + e.text()).orElse("") : "-";
  }
}
