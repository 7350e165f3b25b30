package dev.secateur.model;

import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Ops.Stacked;
import java.util.ArrayList;
import java.util.List;

/** Builds a family's list of parameters, in the order of execution. */
final class ParameterList {
  private final List<ParameterShape> all = new ArrayList<>();

  /** {@code name.weight} of any shape. */
  ParameterList weight(String name, long... shape) {
    all.add(ParameterShape.of(name + ".weight", shape));
    return this;
  }

  /** A layer normalisation's weight and bias. */
  ParameterList layerNorm(String name, long width) {
    all.add(ParameterShape.of(name + ".weight", width));
    all.add(ParameterShape.of(name + ".bias", width));
    return this;
  }

  /** An affine map's weight and, where it has one, bias. */
  ParameterList linear(Linear layer, long out, long in) {
    all.add(
        layer.transposed()
            ? ParameterShape.of(layer.weight(), in, out)
            : ParameterShape.of(layer.weight(), out, in));
    if (layer.bias()) {
      all.add(ParameterShape.of(layer.biasName(), out));
    }
    return this;
  }

  /** A parameter of that very name. */
  ParameterList named(String name, long... shape) {
    all.add(ParameterShape.of(name, shape));
    return this;
  }

  /** The weights and biases of this many experts' affine maps. */
  ParameterList stacked(Stacked layer, long experts, long in, long out) {
    return named(layer.name(), experts, in, out).named(layer.biasName(), experts, out);
  }

  /** The output layer's weight, where it is not the embedding's. */
  ParameterList untied(boolean tied, String name, long... shape) {
    return tied ? this : weight(name, shape);
  }

  List<ParameterShape> build() {
    return List.copyOf(all);
  }
}
