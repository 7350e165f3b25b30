package dev.secateur.coordinator.report;

import java.util.Optional;

/** A number that was measured. */
public sealed interface Measured {
  double value();

  /** Its standard error, if known. */
  Optional<Double> error();

  /** A number alone. */
  record Exact(double value) implements Measured {
    @Override
    public Optional<Double> error() {
      return Optional.empty();
    }
  }

  /** A number with its standard error. */
  record Estimate(double value, double standardError) implements Measured {
    @Override
    public Optional<Double> error() {
      return Optional.of(standardError);
    }
  }
}
