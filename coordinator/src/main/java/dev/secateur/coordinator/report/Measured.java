package dev.secateur.coordinator.report;

import java.util.Optional;

/**
 * A number.
 *
 * @param error its standard error, if known
 */
public record Measured(double value, Optional<Double> error) {
  static Measured exactly(double value) {
    return new Measured(value, Optional.empty());
  }
}
