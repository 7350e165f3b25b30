package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Decoder;
import dev.secateur.model.InputsAtOnce;
import dev.secateur.model.Model;
import dev.secateur.model.Ops;
import dev.secateur.model.TensorOps;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** A model with the arrays that training changes. */
public interface Trainable {
  Decoder decoder();

  /** Whether weights are read submodule by submodule, so that passes should go so too. */
  default boolean isSubmoduleed() {
    return false;
  }

  /** How many micro-batches of a step may go through a submodule together. */
  default InputsAtOnce inputsAtOnce() {
    return InputsAtOnce.one();
  }

  /** What is trained, by name; changed in place. */
  Map<String, NDArray> parameters();

  /**
   * The forward pass of one step.
   *
   * @param leaf replaces a trained array by the leaf of this step's graph
   * @param rows the token ids of the pass
   * @param seed for what is random in a forward pass; nothing is where it is absent
   */
  Ops<NDArray> ops(NDManager scope, UnaryOperator<NDArray> leaf, long[][] rows, OptionalLong seed);

  /** Every parameter of the model is trained. */
  static Trainable whole(Model model) {
    return new Trainable() {
      @Override
      public Decoder decoder() {
        return model.decoder();
      }

      @Override
      public Map<String, NDArray> parameters() {
        return model.weights().arrays();
      }

      @Override
      public Ops<NDArray> ops(
          NDManager scope, UnaryOperator<NDArray> leaf, long[][] rows, OptionalLong seed) {
        return new TensorOps(scope, model, name -> leaf.apply(model.weights().get(name)), rows);
      }
    };
  }
}
