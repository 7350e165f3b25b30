package dev.secateur.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.secateur.protocol.Precision;
import java.nio.ByteBuffer;

/**
 * Operations that move weights between files and element types, including bfloat16, which DJL's own
 * operations can't handle; methods of the same TorchScript module as {@link Kernels}.
 */
public final class StorageKernels extends ScriptedKernels {
  private static final StorageKernels KERNELS = new StorageKernels();

  private StorageKernels() {}

  /** The kernels; the first that is run starts DJL's engine. */
  public static StorageKernels get() {
    return KERNELS;
  }

  /** The same numbers in another precision, in memory of their own; cut off from any graph. */
  public NDArray copy(NDManager scope, NDArray x, Precision precision) {
    return run(scope, precision == Precision.BFLOAT16 ? "copy_bfloat16" : "copy_float32", x);
  }

  /** The same elements in memory of their own. */
  public NDArray duplicate(NDManager scope, NDArray x) {
    return run(scope, "duplicate", x);
  }

  /** The same numbers in another precision; the same memory where they have it already. */
  public NDArray cast(NDManager scope, NDArray x, Precision precision) {
    return run(scope, precision == Precision.BFLOAT16 ? "bfloat16" : "float32", x);
  }

  /** In IEEE half precision. */
  public NDArray float16(NDManager scope, NDArray x) {
    return run(scope, "float16", x);
  }

  /**
   * The elements of a file from its first byte on, mapped into memory; the file must not become
   * shorter while they are used.
   *
   * @param type libtorch's number of the element type
   * @param count as many elements as the file has whole ones
   */
  public NDArray mapped(NDManager scope, String file, long type, long count) {
    Placement.checkHost(scope, "mapped");
    return run(scope, "mapped", file, count, type);
  }

  /** A view of a flat array's elements in another shape. */
  public NDArray shaped(NDManager scope, NDArray x, long... shape) {
    return run(scope, "shaped", x, shape);
  }

  /** A flat array of zeros on the host, of libtorch's element type of that number. */
  public NDArray allocate(NDManager scope, long type, long count) {
    Placement.checkHost(scope, "allocate");
    return run(scope, "allocate", count, type);
  }

  /**
   * Bfloat16 numbers by their bits.
   *
   * @param bits direct, in the machine's order, a multiple of four bytes
   * @param count how many of the numbers count
   */
  public NDArray bfloat16OfBits(NDManager scope, ByteBuffer bits, long count) {
    float[] numbers = new float[1 << 16];
    for (int pattern = 0; pattern < numbers.length; pattern++) {
      numbers[pattern] = Float.intBitsToFloat(pattern << 16);
    }
    try (NDManager local = scope.newSubManager()) {
      NDArray pairs = HostArrays.of(local, bits, DataType.INT32);
      return run(scope, "bfloat16_of_bits", pairs, HostArrays.of(local, numbers), count);
    }
  }
}
