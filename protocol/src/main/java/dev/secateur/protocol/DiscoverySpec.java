package dev.secateur.protocol;

import java.util.function.UnaryOperator;

/** Finds the coupled structures. */
public record DiscoverySpec(ModelRef model) implements StageSpec {
  @Override
  public StageKind kind() {
    return StageKind.DISCOVERY;
  }

  @Override
  public DiscoverySpec under(UnaryOperator<StageKey> keys) {
    return this;
  }
}
