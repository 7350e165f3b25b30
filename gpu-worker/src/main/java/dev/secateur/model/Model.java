package dev.secateur.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.GradMode;
import java.util.function.Function;

/** A decoder with its weights. */
public record Model(Decoder decoder, Weights weights) implements AutoCloseable {
  /**
   * The forward pass without gradients: the batch's ids (B, T) -> logits (B, T, V) of {@code
   * scope}. What a block computes in between is given back before the next begins.
   */
  public NDArray logits(NDManager scope, Batch batch) {
    return logits(scope, batch.ids(scope), Layout.of(batch.idRows()));
  }

  /** As {@link #logits(NDManager, Batch)}, of tokens that see each other as the layout says. */
  public NDArray logits(NDManager scope, NDArray ids, Layout layout) {
    try (NDManager local = scope.newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray x = inScope(local, ops -> decoder.embed(ops, ids), layout);
      for (int layer = 0; layer < decoder.layers(); layer++) {
        NDArray input = x;
        int block = layer;
        x = inScope(local, ops -> decoder.block(ops, input, block), layout);
        input.close();
      }
      NDArray residual = x;
      NDArray logits = inScope(local, ops -> decoder.head(ops, residual), layout);
      logits.attach(scope);
      return logits;
    }
  }

  private NDArray inScope(NDManager owner, Function<TensorOps, NDArray> submodule, Layout layout) {
    try (NDManager scope = owner.newSubManager()) {
      NDArray result = submodule.apply(new TensorOps(scope, this, weights::get, layout));
      result.attach(owner);
      return result;
    }
  }

  /** The same model with its weights in a precision; its constants stay as they are. */
  public Model held(Precision precision) {
    Weights held =
        weights instanceof SubmoduleWeights submoduleed
            ? submoduleed.in(precision)
            : ResidentWeights.copied(
                decoder, weights.source(), precision, weights.manager().getDevice());
    return new Model(decoder, held);
  }

  /**
   * The same model with its weights in a precision, one submodule's at a time as arrays, and no
   * other read ahead: for work that stays in a submodule for long.
   */
  public Model stayingIn(Precision precision) {
    ParameterSource source = new UnannouncedParameters(weights.source());
    Device device = weights.manager().getDevice();
    return new Model(
        decoder, new SubmoduleWeights(decoder, source, precision, weights.inputsAtOnce(), device));
  }

  /** Work with a model. */
  @FunctionalInterface
  public interface Computation<T, E extends Exception> {
    T with(Model model) throws E;
  }

  /** What work with this model comes to when it computes in a precision. */
  public <T, E extends Exception> T computedIn(Precision precision, Computation<T, E> work)
      throws E {
    if (precision == Precision.FLOAT32) {
      return work.with(this);
    }
    try (Model held = held(precision)) {
      return work.with(held);
    }
  }

  /**
   * A model whose parameters are made of this one's: in copies where this one's weights are all
   * held, else when they are asked for.
   *
   * @param source released by this method
   */
  public Model derived(Decoder other, ParameterSource source) {
    try {
      return new Model(other, weights.like(other, source));
    } finally {
      source.release();
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
