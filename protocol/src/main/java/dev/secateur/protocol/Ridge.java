package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;

/**
 * How strongly compensation regularises matrices towards their old weights.
 *
 * @param value the ridge, relative to each input's sum of squares, if it is fixed; otherwise 0
 */
public record Ridge(Choice choice, double value) {
  /** Whatever predicts samples that were left out best, of a grid. */
  public static final Ridge CROSS_VALIDATION = new Ridge(Choice.CROSS_VALIDATION, 0);

  /** Twice the number of inputs by the number of tokens. */
  public static final Ridge RULE = new Ridge(Choice.RULE, 0);

  /** Where the ridge comes from. */
  public enum Choice {
    CROSS_VALIDATION,
    RULE,
    FIXED
  }

  /** The same, but for cross-validation the rule, which is as good on many tokens at less work. */
  public Ridge withoutFolds() {
    return choice == Choice.CROSS_VALIDATION ? RULE : this;
  }

  public static Ridge of(double value) {
    return new Ridge(Choice.FIXED, value);
  }

  /**
   * @throws InputException when the text is neither a choice nor a number above 0
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Ridge parse(String text) {
    return switch (text) {
      case "cross-validation" -> CROSS_VALIDATION;
      case "rule" -> RULE;
      default -> number(text);
    };
  }

  private static Ridge number(String text) {
    try {
      double value = new BigDecimal(text).doubleValue();
      if (value > 0 && Double.isFinite(value)) {
        return of(value);
      }
    } catch (NumberFormatException e) {
      // what is not a number is refused with those that are too small
    }
    throw new InputException(
        "is '" + text + "'; allowed are cross-validation, rule or a number above 0");
  }

  /** As it is written in a configuration. */
  @JsonValue
  public String label() {
    return switch (choice) {
      case CROSS_VALIDATION -> "cross-validation";
      case RULE -> "rule";
      case FIXED -> BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    };
  }
}
