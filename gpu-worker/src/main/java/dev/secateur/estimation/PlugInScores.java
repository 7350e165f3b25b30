package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;

/** Sums of the element scores of a plug-in for each weight. */
final class PlugInScores {
  private static final float[] NONE = new float[0];

  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final Places places;
  private final Criterion criterion;
  private final ElementCriterion plugIn;
  private final Statistics statistics = new Statistics();

  PlugInScores(Model model, Places places, Criterion criterion) {
    this.model = model;
    this.places = places;
    this.criterion = criterion;
    this.plugIn = ElementCriteria.of(criterion);
  }

  Statistics measure(Calibration calibration, Runnable checkpoint) {
    if (plugIn.needsGradients()) {
      Gradients.walk(
          model,
          places.parameters(),
          calibration,
          false,
          (name, gradient, fisher) -> score(name, HostArrays.floats(gradient)),
          checkpoint);
    } else {
      for (String name : places.parameters()) {
        score(name, NONE);
        checkpoint.run();
      }
    }
    return statistics;
  }

  private void score(String name, float[] gradients) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray weight = kernels.float32(scope, model.weights().get(name));
      long[] shape = weight.getShape().getShape();
      float[] values = HostArrays.floats(weight);
      int elements = values.length;
      float[] scores =
          plugIn.score(new ElementCriterion.Weight(name, shape.clone(), values, gradients));
      if (scores == null || scores.length != elements) {
        throw new InputException(
            "criterion '"
                + criterion.label()
                + "': made "
                + (scores == null ? "no" : scores.length)
                + " scores of the "
                + elements
                + " elements of '"
                + name
                + "'");
      }
      NDArray salience = HostArrays.of(scope, scores, shape);
      places.add(criterion.label(), name, salience, false, scope, statistics);
    }
  }
}
