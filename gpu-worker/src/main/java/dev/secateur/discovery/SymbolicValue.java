package dev.secateur.discovery;

import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of the symbolic forward pass, or a parameter.
 *
 * @param axes of a tensor its feature axes, without batch and time: one for a row of channels, two
 *     for heads of channels; of a parameter one to each dimension
 */
record SymbolicValue(List<SymbolicAxis> axes) {
  SymbolicValue {
    axes = List.copyOf(axes);
  }

  static SymbolicValue of(SymbolicAxis... axes) {
    return new SymbolicValue(List.of(axes));
  }

  SymbolicAxis axis(int dimension) {
    return axes.get(dimension);
  }

  /** The heads of a value that is cut into heads. */
  SymbolicAxis heads() {
    return axes.get(0);
  }

  /** The channels of a head, of a value that is cut into heads. */
  SymbolicAxis width() {
    return axes.get(1);
  }

  SymbolicAxis last() {
    return axes.get(axes.size() - 1);
  }

  /** The same with another axis instead of the last. */
  SymbolicValue withLast(SymbolicAxis axis) {
    List<SymbolicAxis> changed = new ArrayList<>(axes);
    changed.set(axes.size() - 1, axis);
    return new SymbolicValue(changed);
  }

  /**
   * The only axis of a row of channels.
   *
   * @throws IllegalArgumentException when the value is cut into heads
   */
  SymbolicAxis channels() {
    if (axes.size() != 1) {
      throw new IllegalArgumentException("heads must be merged before this operation");
    }
    return axes.get(0);
  }
}
