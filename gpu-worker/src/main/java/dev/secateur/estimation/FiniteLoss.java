package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;

/** Checks that the calibration loss is finite, and finds where it stops being so. */
final class FiniteLoss {
  private FiniteLoss() {}

  /**
   * The loss as it is. Only where it is not finite does the model run again, to find out where.
   *
   * @throws ArithmeticException naming the first submodule whose output is infinite or not a number
   */
  static double checked(double loss, Model model, Batch batch) {
    if (!Double.isFinite(loss)) {
      throw new ArithmeticException(
          "the calibration loss is " + loss + ": " + firstNotFinite(model, batch));
    }
    return loss;
  }

  private static String firstNotFinite(Model model, Batch batch) {
    Submodules submodules = new Submodules(model);
    try (NDManager manager = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray x = batch.ids(manager);
      for (int submodule = 0; submodule <= submodules.head(); submodule++) {
        NDArray input = x;
        try (NDManager scope = manager.newSubManager()) {
          x = submodules.run(submodule, input, submodules.ops(scope, batch));
          x.attach(manager);
        }
        input.close();
        if (!Kernels.get().isFinite(x)) {
          return name(model, submodule) + " is the first whose output is not finite";
        }
      }
    }
    return "the logits are finite, but their cross entropy is not";
  }

  private static String name(Model model, int submodule) {
    int layer = submodule - 1;
    if (layer < 0) {
      return "the embedding";
    } else if (layer == model.decoder().layers()) {
      return "the output layer";
    }
    String prefix = model.decoder().blockName(layer);
    return "block " + layer + " ('" + prefix.substring(0, prefix.length() - 1) + "')";
  }
}
