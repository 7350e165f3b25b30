package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.tensor.GradMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A model's forward pass cut into submodules that can be run one by one: 0 is the embedding, 1 to L
 * are the blocks, L + 1 is the head.
 */
final class Submodules {
  private final Model model;
  private final int layers;

  Submodules(Model model) {
    this.model = model;
    this.layers = model.decoder().layers();
  }

  int head() {
    return layers + 1;
  }

  /** The pass's interpreter with the model's own weights. */
  TensorOps ops(NDManager scope, Batch batch) {
    return new TensorOps(scope, model, batch.idRows());
  }

  /** The pass's interpreter with weights of the caller's. */
  TensorOps opsWith(NDManager scope, Batch batch, Function<String, NDArray> weights) {
    return new TensorOps(scope, model, weights, batch.idRows());
  }

  /** The pass's interpreter of a block one of whose experts no token can choose. */
  TensorOps opsWithout(NDManager scope, Batch batch, int expert) {
    return new TensorOps(scope, model, batch.idRows()) {
      @Override
      public NDArray mixture(NDArray x, NDArray logits, Mixture mixture, Expert<NDArray> each) {
        return super.mixture(x, mixtures.without(scope, logits, expert), mixture, each);
      }
    };
  }

  /** Runs one submodule. */
  NDArray run(int submodule, NDArray input, TensorOps ops) {
    if (submodule == 0) {
      return model.decoder().embed(ops, input);
    }
    return submodule <= layers
        ? model.decoder().block(ops, input, submodule - 1)
        : model.decoder().head(ops, input);
  }

  /**
   * Runs all submodules but the head without recording.
   *
   * @param ops the interpreter of each submodule
   * @return each submodule's input, the head's last; owned by {@code manager}
   */
  List<NDArray> inputs(NDManager manager, Batch batch, SubmoduleOps ops) {
    try (GradMode mode = GradMode.off()) {
      List<NDArray> inputs = new ArrayList<>();
      inputs.add(batch.ids(manager));
      for (int submodule = 0; submodule <= layers; submodule++) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray output = run(submodule, inputs.get(submodule), ops.of(scope, submodule));
          output.attach(manager);
          inputs.add(output);
        }
      }
      return inputs;
    }
  }

  /** The interpreter of a submodule. */
  @FunctionalInterface
  interface SubmoduleOps {
    TensorOps of(NDManager scope, int submodule);
  }
}
