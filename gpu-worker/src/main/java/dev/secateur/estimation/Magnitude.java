package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;

/** Sums of absolute and of squared weights, no root taken. */
final class Magnitude {
  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final Places places;

  Magnitude(Model model, Places places) {
    this.model = model;
    this.places = places;
  }

  Statistics measure() {
    Statistics statistics = new Statistics();
    try (GradMode mode = GradMode.off()) {
      for (String name : places.parameters()) {
        try (NDManager scope = model.weights().manager().newSubManager()) {
          NDArray weight = kernels.float32(scope, model.weights().get(name));
          NDArray absolute = kernels.abs(scope, weight);
          NDArray square = kernels.mul(scope, weight, weight);
          places.add(Criterion.L1.label(), name, absolute, false, scope, statistics);
          places.add(Criterion.L2.label(), name, square, false, scope, statistics);
        }
      }
    }
    return statistics;
  }
}
