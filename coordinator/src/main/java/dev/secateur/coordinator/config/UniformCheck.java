package dev.secateur.coordinator.config;

import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;

/**
 * Checks that all scopes of a grid can keep widths uniform; {@link LayersSection} checks the
 * layers.
 */
record UniformCheck(Section root, SweepConfig sweep) {
  void check() {
    if (sweep.uniform() && sweep.strategies().stream().anyMatch(Strategy::narrowsBlocks)) {
      sweep.scopes().stream().filter(scope -> scope != Scope.LOCAL).forEach(this::refuse);
    }
  }

  private void refuse(Scope scope) {
    root.problem(
        "scopes",
        "has '"
            + scope.label()
            + "', under which a block loses what its scores say, but 'uniform' takes the same"
            + " from each; remove one of the two keys");
  }
}
