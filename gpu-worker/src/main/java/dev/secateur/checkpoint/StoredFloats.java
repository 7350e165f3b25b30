package dev.secateur.checkpoint;

import dev.secateur.protocol.InputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Reads stored weights one by one as float32, to compare them and to report invalid ones. */
final class StoredFloats {
  /** How many elements a piece has at most. */
  static final int CHUNK = 1 << 22;

  private StoredFloats() {}

  /**
   * @throws InputException when the tensor is not of a type that weights can have
   */
  static void checkType(SafetensorsFile file, StoredTensor stored) {
    if (!stored.type().isOfWeights()) {
      throw new InputException(
          file.path()
              + ": tensor '"
              + stored.name()
              + "' is "
              + stored.type()
              + "; weights must be F32, F16 or BF16");
    }
  }

  /** Elements {@code start} to {@code start + count} of a tensor of weights. */
  static FloatBuffer read(SafetensorsFile file, StoredTensor stored, long start, int count) {
    ByteBuffer bytes = file.map(stored, start, count);
    FloatBuffer floats =
        ByteBuffer.allocateDirect(count * 4).order(ByteOrder.nativeOrder()).asFloatBuffer();
    for (int i = 0; i < count; i++) {
      floats.put(
          i,
          switch (stored.type()) {
            case F32 -> bytes.getFloat();
            case F16 -> HalfPrecision.fromHalf(bytes.getShort());
            case BF16 -> HalfPrecision.fromBfloat(bytes.getShort());
            default -> throw new IllegalStateException(stored.toString());
          });
    }
    return floats;
  }

  /**
   * Says which element of a tensor is infinite or not a number.
   *
   * @throws InputException naming the first
   */
  static void refuse(SafetensorsFile file, StoredTensor stored) {
    for (long start = 0; start < stored.elements(); start += CHUNK) {
      int count = (int) Math.min(CHUNK, stored.elements() - start);
      FloatBuffer floats = read(file, stored, start, count);
      for (int i = 0; i < count; i++) {
        if (!Float.isFinite(floats.get(i))) {
          throw new InputException(
              file.path()
                  + ": tensor '"
                  + stored.name()
                  + "' holds "
                  + floats.get(i)
                  + " at "
                  + place(stored, start + i)
                  + "; the file is damaged: download it again or repair the tensor");
        }
      }
    }
  }

  /** An element's index along each dimension. */
  private static String place(StoredTensor stored, long element) {
    long[] shape = stored.shape();
    long[] indices = new long[shape.length];
    long rest = element;
    for (int d = shape.length - 1; d >= 0; d--) {
      indices[d] = rest % shape[d];
      rest /= shape[d];
    }
    return Arrays.toString(indices);
  }

  /** Whether two tensors have the same shape and, read as float32, the same values. */
  static boolean same(
      SafetensorsFile of, StoredTensor one, SafetensorsFile in, StoredTensor other) {
    if (!Arrays.equals(one.shape(), other.shape())
        || !one.type().isOfWeights()
        || !other.type().isOfWeights()) {
      return false;
    }
    for (long start = 0; start < one.elements(); start += CHUNK) {
      int count = (int) Math.min(CHUNK, one.elements() - start);
      FloatBuffer left = read(of, one, start, count);
      FloatBuffer right = read(in, other, start, count);
      for (int i = 0; i < count; i++) {
        if (left.get(i) != right.get(i)) {
          return false;
        }
      }
    }
    return true;
  }
}
