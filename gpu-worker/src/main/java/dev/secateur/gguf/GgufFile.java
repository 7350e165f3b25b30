package dev.secateur.gguf;

import dev.secateur.checkpoint.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes GGUF, version 3: a header, metadata, the tensors' names, shapes, types and places, and
 * their elements, each tensor at a multiple of 32 bytes.
 */
final class GgufFile {
  private static final int MAGIC = 0x46554747; // "GGUF"
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;

  private GgufFile() {}

  /** Writes a file as a whole; one tensor is in memory at a time. */
  static void write(Path target, GgufMetadata metadata, List<GgufTensor> tensors)
      throws IOException {
    AtomicFile.write(
        target,
        channel -> {
          write(channel, header(metadata, tensors));
          for (GgufTensor tensor : tensors) {
            pad(channel);
            long start = channel.position();
            try {
              tensor.content().writeTo(bytes -> writeUnchecked(channel, bytes));
            } catch (UncheckedIOException e) {
              throw e.getCause();
            }
            check(tensor, channel.position() - start);
          }
          pad(channel);
        });
  }

  private static byte[] header(GgufMetadata metadata, List<GgufTensor> tensors) {
    List<byte[]> infos = new ArrayList<>();
    long place = 0;
    for (GgufTensor tensor : tensors) {
      infos.add(info(tensor, place));
      place += aligned(tensor.bytes());
    }
    byte[] stated = metadata.bytes();
    int size = 24 + stated.length + infos.stream().mapToInt(info -> info.length).sum();
    ByteBuffer header = GgufMetadata.buffer(size);
    header.putInt(MAGIC).putInt(VERSION).putLong(tensors.size()).putLong(metadata.count());
    header.put(stated);
    infos.forEach(header::put);
    return header.array();
  }

  /** Name, sizes with the shortest stride first, type, and place after the header. */
  private static byte[] info(GgufTensor tensor, long place) {
    byte[] name = GgufMetadata.string(tensor.name());
    List<Long> shape = tensor.shape();
    ByteBuffer info = GgufMetadata.buffer(name.length + 4 + 8 * shape.size() + 12);
    info.put(name).putInt(shape.size());
    for (int dim = shape.size() - 1; dim >= 0; dim--) {
      info.putLong(shape.get(dim));
    }
    return info.putInt(tensor.type().number()).putLong(place).array();
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static void pad(FileChannel channel) throws IOException {
    long position = channel.position();
    write(channel, new byte[(int) (aligned(position) - position)]);
  }

  private static void check(GgufTensor tensor, long written) {
    if (written != tensor.bytes()) {
      throw new IllegalStateException(
          tensor.name() + " has " + tensor.bytes() + " bytes, but " + written + " were written");
    }
  }

  private static void write(FileChannel channel, byte[] bytes) throws IOException {
    AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes));
  }

  private static void writeUnchecked(FileChannel channel, ByteBuffer bytes) {
    try {
      AtomicFile.writeFully(channel, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
