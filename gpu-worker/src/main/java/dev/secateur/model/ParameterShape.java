package dev.secateur.model;

import java.util.List;

/** A parameter's name in the checkpoint and its shape. */
public record ParameterShape(String name, List<Long> shape) {
  public static ParameterShape of(String name, long... sizes) {
    return new ParameterShape(name, java.util.Arrays.stream(sizes).boxed().toList());
  }

  /** The shape as libtorch takes it. */
  public long[] sizes() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /** The number of elements. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }
}
