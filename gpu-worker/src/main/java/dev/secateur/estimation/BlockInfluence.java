package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;

/**
 * How much a block turns the residual stream: 1 - cosine of a token's input and output, averaged
 * over all tokens (ShortGPT, arXiv 2403.03853).
 */
final class BlockInfluence {
  private final Model model;
  private final Calibration calibration;

  BlockInfluence(Model model, Calibration calibration) {
    this.model = model;
    this.calibration = calibration;
  }

  Statistics measure(Runnable checkpoint) {
    Batch batch = calibration.batch();
    Submodules submodules = new Submodules(model);
    double[] influence = new double[model.decoder().layers()];
    try (NDManager manager = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray stream = submodules.run(0, batch.ids(manager), submodules.ops(manager, batch));
      for (int layer = 0; layer < influence.length; layer++) {
        checkpoint.run();
        NDArray input = stream;
        try (NDManager scope = manager.newSubManager()) {
          stream = submodules.run(layer + 1, input, submodules.ops(scope, batch));
          stream.attach(manager);
          influence[layer] = 1 - Kernels.get().meanCosine(scope, input, stream);
        }
        input.close();
      }
    }
    Statistics statistics = new Statistics();
    statistics.add(Criterion.BLOCK_INFLUENCE.label() + "/" + CoupledStructure.LAYERS, influence);
    return statistics;
  }
}
