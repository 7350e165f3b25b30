package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Criterion.Family;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.List;

/** The Taylor criteria of first and second order (arXiv 2305.11627, Eq. 3 to 5). */
final class Taylor {
  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final Places places;
  private final List<Criterion> criteria;
  private final Calibration calibration;
  private final Statistics statistics = new Statistics();

  Taylor(Model model, Places places, List<Criterion> criteria, Calibration calibration) {
    this.model = model;
    this.places = places;
    this.criteria = criteria;
    this.calibration = calibration;
  }

  Statistics measure(Runnable checkpoint) {
    boolean secondOrder = criteria.get(0).family() == Family.SECOND_ORDER;
    Gradients.walk(model, places.parameters(), calibration, secondOrder, this::score, checkpoint);
    return statistics;
  }

  /** Computes in the gradients' own memory, which nobody needs any more. */
  private void score(String name, NDArray gradient, NDArray fisher) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray weight = model.weights().get(name);
      kernels.multiply(gradient, weight); // W g
      if (fisher == null) {
        add(Criterion.TAYLOR_VECTOR, name, gradient, scope);
        kernels.absolute(gradient);
        add(Criterion.TAYLOR_ELEMENT1, name, gradient, scope);
      } else {
        kernels.multiply(fisher, weight);
        kernels.multiply(fisher, weight); // W F W, never negative
        add(Criterion.TAYLOR_ELEMENT2, name, fisher, scope);
        kernels.accumulate(gradient, fisher, -0.5);
        kernels.absolute(gradient);
        add(Criterion.TAYLOR_MIXED, name, gradient, scope);
      }
    }
  }

  private void add(Criterion criterion, String name, NDArray salience, NDManager scope) {
    if (criteria.contains(criterion)) {
      boolean channels = criterion == Criterion.TAYLOR_VECTOR;
      places.add(criterion.label(), name, salience, channels, scope, statistics);
    }
  }
}
