package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.AdamStep;
import dev.secateur.tensor.Kernels;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam with decoupled weight decay (arXiv 1711.05101); decay applies to matrices, not to norms and
 * biases.
 */
final class AdamW {
  private final Kernels kernels = Kernels.get();
  private final TrainingSettings settings;
  private final Map<String, NDArray> means = new LinkedHashMap<>();
  private final Map<String, NDArray> variances = new LinkedHashMap<>();

  /**
   * @param manager owner of the moments
   */
  AdamW(TrainingSettings settings, Map<String, NDArray> parameters, NDManager manager) {
    this.settings = settings;
    parameters.forEach(
        (name, array) -> {
          means.put(name, kernels.zeros(manager, array.getShape().getShape()));
          variances.put(name, kernels.zeros(manager, array.getShape().getShape()));
        });
  }

  /** The means of the gradients, by parameter. */
  Map<String, NDArray> means() {
    return means;
  }

  /** The means of the squared gradients, by parameter. */
  Map<String, NDArray> variances() {
    return variances;
  }

  /**
   * Changes one parameter in place.
   *
   * @param step counted from zero
   * @param clip what the gradient is multiplied with first
   */
  void update(String name, NDArray parameter, NDArray gradient, int step, double clip) {
    kernels.adamw(
        parameter,
        gradient,
        means.get(name),
        variances.get(name),
        new AdamStep(
            settings.rate(step),
            settings.beta1(),
            settings.beta2(),
            settings.eps(),
            parameter.getShape().dimension() > 1 ? settings.weightDecay() : 0,
            1 - Math.pow(settings.beta1(), step + 1),
            Math.sqrt(1 - Math.pow(settings.beta2(), step + 1)),
            clip));
  }
}
