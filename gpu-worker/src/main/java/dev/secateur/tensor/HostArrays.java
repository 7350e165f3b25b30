package dev.secateur.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Makes arrays from Java's numbers, and reads them back. New arrays lie on the scope's device, in
 * memory of libtorch: DJL's own arrays of Java's numbers wrap memory that Java frees.
 */
public final class HostArrays {
  private HostArrays() {}

  public static NDArray of(NDManager scope, float[] values, long... shape) {
    return made(scope, host -> host.create(values, shaped(values.length, shape)));
  }

  public static NDArray of(NDManager scope, double[] values, long... shape) {
    return made(scope, host -> host.create(values, shaped(values.length, shape)));
  }

  public static NDArray of(NDManager scope, long[] values, long... shape) {
    return made(scope, host -> host.create(values, shaped(values.length, shape)));
  }

  /**
   * A flat array.
   *
   * @param values direct, in the machine's order
   * @param type float32, float16 or int32
   */
  public static NDArray of(NDManager scope, ByteBuffer values, DataType type) {
    Shape shape = new Shape(values.remaining() / type.getNumOfBytes());
    return made(scope, host -> host.create(values, shape, type));
  }

  private static Shape shaped(int length, long... shape) {
    return shape.length == 0 ? new Shape(length) : new Shape(shape);
  }

  private static NDArray made(NDManager scope, Function<NDManager, NDArray> wrap) {
    try (NDManager host = scope.newSubManager(Device.cpu())) {
      NDArray wrapped = wrap.apply(host);
      return Placement.isHost(scope)
          ? StorageKernels.get().duplicate(scope, wrapped)
          : Transfers.get().toDevice(scope, wrapped);
    }
  }

  /** Waits until the scope's device has done all that it was told so far. */
  public static void await(NDManager scope) {
    if (!Placement.isHost(scope)) {
      try (NDManager local = scope.newSubManager()) {
        number(of(local, new float[1]));
      }
    }
  }

  /** The elements of an array of float32. */
  public static float[] floats(NDArray x) {
    return read(x, NDArray::toFloatArray);
  }

  /** The elements of an array of float64. */
  public static double[] doubles(NDArray x) {
    return read(x, NDArray::toDoubleArray);
  }

  /** The only element of an array of float32. */
  public static float number(NDArray x) {
    return floats(x)[0];
  }

  /** The only element of an array of int64. */
  static long integer(NDArray x) {
    return read(x, NDArray::toLongArray)[0];
  }

  /** Appends the elements of an array to a buffer as they lie in memory. */
  public static void put(NDArray x, ByteBuffer target) {
    ByteBuffer elements = read(x, NDArray::toByteBuffer);
    target.put(elements);
  }

  private static <T> T read(NDArray x, Function<NDArray, T> elements) {
    try (NDManager host = x.getManager().newSubManager(Device.cpu())) {
      return elements.apply(Transfers.get().toHost(host, x));
    }
  }
}
