package dev.secateur.coordinator.report.table;

/**
 * A column of a table.
 *
 * @param name in CSV and JSON
 * @param title for people
 * @param left whether it is aligned to the left
 * @param better which of its numbers are good
 * @param noted whether a text that several rows have is said once, below
 */
public record Column(String name, String title, boolean left, Better better, boolean noted) {
  /** What a good number is. */
  public enum Better {
    NEITHER,
    LOWER,
    HIGHER
  }

  public static Column text(String name, String title) {
    return new Column(name, title, true, Better.NEITHER, false);
  }

  public static Column number(String name, String title) {
    return new Column(name, title, false, Better.NEITHER, false);
  }

  public static Column number(String name, String title, Better better) {
    return new Column(name, title, false, better, false);
  }

  /** Of texts that several rows have. */
  public static Column noted(String name, String title) {
    return new Column(name, title, true, Better.NEITHER, true);
  }

  /** How files call the column of the errors of this one. */
  String errors() {
    return name + "_stderr";
  }
}
