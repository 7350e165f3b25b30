package dev.secateur.checkpoint;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Writes safetensors files: header padded to eight bytes, tensors in the order given, atomically.
 */
public final class SafetensorsWriter {
  private static final int CHUNK = 1 << 20;

  private SafetensorsWriter() {}

  /**
   * Puts elements of a tensor into the buffer, in the tensor's element type; asked for all of them
   * once, in order.
   */
  @FunctionalInterface
  public interface Elements {
    void put(long start, int count, ByteBuffer target);
  }

  /** A tensor to be written. */
  public record Tensor(String name, ElementType type, long[] shape, Elements elements) {
    /** Float64 values. */
    public static Tensor of(String name, double[] values, long... shape) {
      return new Tensor(
          name,
          ElementType.F64,
          shape,
          (start, count, target) -> {
            for (int i = 0; i < count; i++) {
              target.putDouble(values[(int) start + i]);
            }
          });
    }

    /** Int64 values. */
    public static Tensor of(String name, long[] values, long... shape) {
      return new Tensor(
          name,
          ElementType.I64,
          shape,
          (start, count, target) -> {
            for (int i = 0; i < count; i++) {
              target.putLong(values[(int) start + i]);
            }
          });
    }

    /**
     * An array, which is not closed before it is written.
     *
     * @param type that weights can have
     */
    public static Tensor of(String name, NDArray array, ElementType type) {
      return new Tensor(
          name,
          type,
          array.getShape().getShape(),
          new WrittenElements(name, array.size(), type, array.getManager(), scope -> array));
    }

    long count() {
      long count = 1;
      for (long size : shape) {
        count *= size;
      }
      return count;
    }

    /** What its elements take in a file. */
    long bytes() {
      return count() * type.bytes();
    }
  }

  /**
   * @param metadata strings for the header; Hugging Face's libraries expect {@code format=pt} of a
   *     checkpoint
   */
  public static void write(Path target, Map<String, String> metadata, List<Tensor> tensors)
      throws IOException {
    byte[] header = header(metadata, tensors);
    AtomicFile.write(
        target,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          AtomicFile.writeFully(channel, length.putLong(header.length).flip());
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          for (Tensor tensor : tensors) {
            writeElements(channel, tensor);
          }
        });
  }

  private static void writeElements(FileChannel channel, Tensor tensor) throws IOException {
    long count = tensor.count();
    ByteBuffer buffer =
        ByteBuffer.allocate((int) Math.min(count, CHUNK) * tensor.type().bytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    for (long start = 0; start < count; start += CHUNK) {
      buffer.clear();
      tensor.elements().put(start, (int) Math.min(count - start, CHUNK), buffer);
      AtomicFile.writeFully(channel, buffer.flip());
    }
  }

  private static byte[] header(Map<String, String> metadata, List<Tensor> tensors)
      throws IOException {
    ObjectNode root = Json.object();
    if (!metadata.isEmpty()) {
      ObjectNode strings = root.putObject("__metadata__");
      metadata.forEach(strings::put);
    }
    long position = 0;
    for (Tensor tensor : tensors) {
      long end = position + tensor.bytes();
      ObjectNode node = root.putObject(tensor.name());
      node.put("dtype", tensor.type().name());
      for (long size : tensor.shape()) {
        node.withArray("shape").add(size);
      }
      node.withArray("shape");
      node.putArray("data_offsets").add(position).add(end);
      position = end;
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = new byte[(json.length + 7) / 8 * 8];
    Arrays.fill(padded, (byte) ' ');
    System.arraycopy(json, 0, padded, 0, json.length);
    return padded;
  }
}
