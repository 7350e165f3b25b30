package dev.secateur.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.StorageKernels;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * An array's elements as a file stores them. It is loaded when its first elements are needed, and
 * released after its last.
 */
final class WrittenElements implements SafetensorsWriter.Elements {
  private static final int PIECE = 1 << 20;

  private final String name;
  private final long count;
  private final ElementType type;
  private final NDManager owner;
  private final Function<NDManager, NDArray> load;
  private NDManager scope;
  private NDArray cast;

  /**
   * @param owner whose sub-manager owns the array while it is written
   * @param load the array, which belongs to the manager that is given or to somebody else
   */
  WrittenElements(
      String name,
      long count,
      ElementType type,
      NDManager owner,
      Function<NDManager, NDArray> load) {
    this.name = name;
    this.count = count;
    this.type = type;
    this.owner = owner;
    this.load = load;
  }

  @Override
  public void put(long start, int length, ByteBuffer target) {
    try (GradMode mode = GradMode.off()) {
      if (start == 0) {
        scope = owner.newSubManager();
        cast = cast(name, load.apply(scope), type, scope);
      }
      try (NDManager local = scope.newSubManager()) {
        HostArrays.put(Kernels.get().flat(local, cast, start, length), target);
      }
      if (start + length == count) {
        scope.close();
      }
    }
  }

  /**
   * An array in a type that weights are stored as.
   *
   * @throws InputException naming the first value that the type can't hold
   */
  static NDArray cast(String name, NDArray array, ElementType type, NDManager scope) {
    StorageKernels kernels = StorageKernels.get();
    NDArray cast =
        switch (type) {
          case F32 -> kernels.cast(scope, array, Precision.FLOAT32);
          case F16 -> kernels.float16(scope, array);
          case BF16 -> kernels.cast(scope, array, Precision.BFLOAT16);
          default -> throw new IllegalArgumentException("weights can't be stored as " + type);
        };
    if (cast.size() > 0 && !Kernels.get().isFinite(cast)) {
      refuse(name, kernels.cast(scope, array, Precision.FLOAT32), type, scope);
    }
    return cast;
  }

  private static void refuse(String name, NDArray array, ElementType type, NDManager scope) {
    for (long start = 0; start < array.size(); start += PIECE) {
      long length = Math.min(PIECE, array.size() - start);
      for (float value : HostArrays.floats(Kernels.get().flat(scope, array, start, length))) {
        checkFits(name, value, type);
      }
    }
  }

  private static void checkFits(String name, float value, ElementType type) {
    float written =
        switch (type) {
          case F16 -> HalfPrecision.fromHalf(HalfPrecision.toHalf(value));
          case BF16 -> HalfPrecision.fromBfloat(HalfPrecision.toBfloat(value));
          default -> value;
        };
    if (Float.isFinite(written)) {
      return;
    }
    String holds = "tensor '" + name + "' holds " + value;
    if (!Float.isFinite(value)) {
      throw new InputException(holds + ", which can't be written as a weight");
    }
    throw new InputException(
        holds
            + ", too large for "
            + type
            + (type == ElementType.F16
                ? ", whose largest value is 65504; choose BF16 or F32 (--dtype BF16)"
                : "; choose F32 (--dtype F32)"));
  }
}
