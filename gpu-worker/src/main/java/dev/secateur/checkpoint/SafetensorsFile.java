package dev.secateur.checkpoint;

import dev.secateur.input.Utf8;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file, open for reading; tensors are memory-mapped piece by piece, so that files of
 * any size can be read.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final Set<ElementType> NUMBERS =
      EnumSet.of(
          ElementType.F64,
          ElementType.F32,
          ElementType.F16,
          ElementType.BF16,
          ElementType.I64,
          ElementType.I32);

  /** The most elements of a tensor that is read as a list of numbers, not as an array. */
  public static final long MOST_ELEMENTS = 1L << 28;

  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path path, FileChannel channel, SafetensorsHeader header) {
    this.path = path;
    this.channel = channel;
    this.header = header;
  }

  /**
   * @throws InputException when there is no such file, or it is not a whole safetensors file
   */
  public static SafetensorsFile open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new InputException(path + ": no such file");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path);
      SafetensorsFile file = new SafetensorsFile(path, channel, readHeader(path, channel));
      channel = null;
      return file;
    } catch (IOException e) {
      throw new InputException(path + ": can't be read: " + e.getMessage(), e);
    } finally {
      closeQuietly(channel);
    }
  }

  private static SafetensorsHeader readHeader(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw new InputException(path + ": " + size + " bytes are too few for a safetensors file");
    }
    long length = map(channel, 0, 8).getLong();
    if (length > SafetensorsHeader.LARGEST && length <= size - 8) {
      throw new InputException(
          String.format(
              "%s: its header has %,d bytes, more than the limit of %d MiB",
              path, length, SafetensorsHeader.LARGEST >> 20));
    } else if (length < 2 || length > size - 8) {
      throw new InputException(
          path
              + ": its header claims "
              + Long.toUnsignedString(length)
              + " bytes in a file of "
              + size
              + "; not a safetensors file, or truncated");
    }
    byte[] bytes = new byte[(int) length];
    map(channel, 8, length).get(bytes);
    String text = Utf8.text(bytes, path.toString(), 1);
    return SafetensorsHeader.parse(text, path.toString(), 8 + length, size);
  }

  /** Where it lies. */
  public Path path() {
    return path;
  }

  /** How many bytes it has. */
  long size() {
    try {
      return channel.size();
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": " + e.getMessage(), e);
    }
  }

  /** Every tensor by its name, in the header's order. */
  public Map<String, StoredTensor> tensors() {
    return header.tensors();
  }

  /** The header's free-form strings. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * @throws InputException when the file has no such tensor
   */
  public StoredTensor tensor(String name) {
    StoredTensor tensor = header.tensors().get(name);
    if (tensor == null) {
      throw new InputException(path + ": tensor '" + name + "' is missing");
    }
    return tensor;
  }

  /** Maps elements {@code start} to {@code start + count} of a tensor, little-endian, read-only. */
  public ByteBuffer map(StoredTensor tensor, long start, int count) {
    long width = tensor.type().bytes();
    try {
      return map(channel, tensor.begin() + start * width, count * width);
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": " + e.getMessage(), e);
    }
  }

  private ByteBuffer whole(StoredTensor tensor) {
    if (tensor.elements() > MOST_ELEMENTS) {
      throw new InputException(
          String.format(
              "%s: tensor '%s' has %,d elements, more than the %,d allowed here",
              path, tensor.name(), tensor.elements(), MOST_ELEMENTS));
    }
    return map(tensor, 0, (int) tensor.elements());
  }

  /** A whole tensor of integers (I64 or I32), at most {@link #MOST_ELEMENTS} of them. */
  public long[] integers(String name) {
    StoredTensor tensor = tensor(name);
    check(
        tensor, tensor.type() == ElementType.I64 || tensor.type() == ElementType.I32, "I64 or I32");
    ByteBuffer bytes = whole(tensor);
    long[] values = new long[(int) tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.type() == ElementType.I64 ? bytes.getLong() : bytes.getInt();
    }
    return values;
  }

  /** A whole tensor of real numbers, at most {@link #MOST_ELEMENTS} of them. */
  public double[] reals(String name) {
    StoredTensor tensor = tensor(name);
    check(tensor, NUMBERS.contains(tensor.type()), "F64, F32, F16, BF16, I64 or I32");
    ByteBuffer bytes = whole(tensor);
    double[] values = new double[(int) tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (tensor.type()) {
            case F64 -> bytes.getDouble();
            case F32 -> bytes.getFloat();
            case F16 -> HalfPrecision.fromHalf(bytes.getShort());
            case BF16 -> HalfPrecision.fromBfloat(bytes.getShort());
            case I64 -> bytes.getLong();
            case I32 -> bytes.getInt();
            default -> throw new IllegalStateException(tensor.type().name());
          };
    }
    return values;
  }

  private void check(StoredTensor tensor, boolean readable, String wanted) {
    if (!readable) {
      throw new InputException(
          path + ": tensor '" + tensor.name() + "' is " + tensor.type() + ", not " + wanted);
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  private static ByteBuffer map(FileChannel channel, long position, long size) throws IOException {
    return channel
        .map(FileChannel.MapMode.READ_ONLY, position, size)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
