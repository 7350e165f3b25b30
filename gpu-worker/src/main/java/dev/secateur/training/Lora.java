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

/** A model whose weights stay unchanged while an adapter beside them is trained. */
public record Lora(Model model, LoraAdapter adapter) implements Trainable {
  @Override
  public Decoder decoder() {
    return model.decoder();
  }

  @Override
  public boolean isSubmoduleed() {
    return model.weights().isSubmoduleed();
  }

  @Override
  public InputsAtOnce inputsAtOnce() {
    return model.weights().inputsAtOnce();
  }

  @Override
  public Map<String, NDArray> parameters() {
    return adapter.arrays();
  }

  @Override
  public Ops<NDArray> ops(
      NDManager scope, UnaryOperator<NDArray> leaf, long[][] rows, OptionalLong seed) {
    return new LoraOps(scope, leaf, rows, seed);
  }

  /** The tensor interpreter with a low-rank path beside each adapted layer. */
  private final class LoraOps extends TensorOps {
    private final UnaryOperator<NDArray> leaf;
    private final double probability;
    private final long seed;

    /**
     * @param seed of what is dropped out; nothing is where absent
     */
    private LoraOps(
        NDManager scope, UnaryOperator<NDArray> leaf, long[][] rows, OptionalLong seed) {
      super(scope, model, rows);
      this.leaf = leaf;
      this.probability = seed.isPresent() ? adapter.settings().dropout() : 0;
      this.seed = seed.orElse(0);
    }

    @Override
    public NDArray linear(NDArray x, Linear layer) {
      NDArray straight = super.linear(x, layer);
      if (adapter.a(layer.name()) == null) {
        return straight;
      }
      NDArray a = leaf.apply(adapter.a(layer.name()));
      NDArray b = leaf.apply(adapter.b(layer.name()));
      double scale = adapter.settings().scale();
      if (probability == 0) {
        return kernels.addLowRank(scope, straight, x, a, b, scale);
      }
      // What is kept is scaled up where it is narrowest.
      NDArray kept = kernels.kept(scope, x, probability, dropoutSeed(layer));
      return kernels.addLowRank(
          scope, straight, kernels.keep(scope, x, kept), a, b, scale / (1 - probability));
    }

    /** What is dropped follows from seed and layer, so that a pass can be made again. */
    private long dropoutSeed(Linear layer) {
      return seed + layer.name().hashCode() * 0x9E3779B97F4A7C15L;
    }
  }
}
