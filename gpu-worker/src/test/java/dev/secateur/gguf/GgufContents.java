package dev.secateur.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What a GGUF file tells, read by its specification.
 *
 * @param metadata values by key; of lists their length
 * @param data where the first tensor lies
 */
record GgufContents(
    Map<String, Object> metadata, Map<String, Found> tensors, ByteBuffer bytes, int data) {

  /**
   * A tensor.
   *
   * @param sizes the shortest stride first
   * @param place behind the first tensor's
   */
  record Found(long[] sizes, int type, long place) {}

  static GgufContents read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[4];
    bytes.get(magic);
    assertThat(new String(magic, StandardCharsets.US_ASCII)).isEqualTo("GGUF");
    assertThat(bytes.getInt()).isEqualTo(3);
    long count = bytes.getLong();
    long keys = bytes.getLong();
    Map<String, Object> metadata = new HashMap<>();
    for (long i = 0; i < keys; i++) {
      String key = string(bytes);
      metadata.put(key, value(bytes, bytes.getInt()));
    }
    Map<String, Found> tensors = new HashMap<>();
    for (long i = 0; i < count; i++) {
      String name = string(bytes);
      long[] sizes = new long[bytes.getInt()];
      for (int dim = 0; dim < sizes.length; dim++) {
        sizes[dim] = bytes.getLong();
      }
      tensors.put(name, new Found(sizes, bytes.getInt(), bytes.getLong()));
    }
    return new GgufContents(metadata, tensors, bytes, (bytes.position() + 31) / 32 * 32);
  }

  /** The elements of a tensor of float32. */
  double[] reals(String name) {
    Found found = tensors.get(name);
    assertThat(found.type()).isZero();
    assertThat(found.place() % 32).isZero();
    long count = 1;
    for (long size : found.sizes()) {
      count *= size;
    }
    double[] reals = new double[(int) count];
    bytes.position((int) (data + found.place()));
    for (int i = 0; i < reals.length; i++) {
      reals[i] = bytes.getFloat();
    }
    return reals;
  }

  private static String string(ByteBuffer bytes) {
    byte[] utf8 = new byte[(int) bytes.getLong()];
    bytes.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static Object value(ByteBuffer bytes, int type) {
    return switch (type) {
      case 4, 5 -> bytes.getInt();
      case 6 -> bytes.getFloat();
      case 7 -> bytes.get() != 0;
      case 8 -> string(bytes);
      case 9 -> {
        int element = bytes.getInt();
        long count = bytes.getLong();
        for (long i = 0; i < count; i++) {
          value(bytes, element);
        }
        yield count;
      }
      default -> throw new AssertionError("type " + type);
    };
  }
}
