package dev.secateur.coordinator.report.table;

/**
 * A column of a table.
 *
 * @param name in CSV and JSON
 * @param title for people
 * @param left whether it is aligned to the left
 * @param better whether lower or higher numbers are better, or neither
 * @param noted whether a text that several rows share is printed once, below
 * @param errors suffix of the name of the column with its errors, in files
 */
public record Column(
    String name, String title, boolean left, Better better, boolean noted, String errors) {
  private static final String STANDARD_ERROR = "_stderr";

  public Column(String name, String title, boolean left, Better better, boolean noted) {
    this(name, title, left, better, noted, STANDARD_ERROR);
  }

  /** The same whose numbers are means, and their errors standard deviations. */
  public Column ofMeans() {
    return new Column(name, title, left, better, noted, "_deviation");
  }

  /** A column of differences of its numbers. */
  public Column ofDifferences() {
    return new Column(
        name + "_difference", title + " diff", false, Better.NEITHER, false, "_deviation");
  }

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
  String errorsName() {
    return name + errors;
  }
}
