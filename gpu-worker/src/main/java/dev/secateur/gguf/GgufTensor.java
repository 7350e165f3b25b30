package dev.secateur.gguf;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tensor to be written.
 *
 * @param shape as libtorch has it, the longest stride first
 */
record GgufTensor(String name, List<Long> shape, GgufType type, Content content) {

  /** Gives a tensor's bytes. */
  interface Content {
    void writeTo(Sink sink);
  }

  /** Takes the bytes of a tensor, piece by piece. */
  interface Sink {
    void write(ByteBuffer bytes);
  }

  long bytes() {
    return type.bytes(shape.stream().reduce(1L, Math::multiplyExact));
  }

  /** A vector of float32. */
  static GgufTensor of(String name, float[] values) {
    return new GgufTensor(
        name,
        List.of((long) values.length),
        GgufType.F32,
        sink -> {
          ByteBuffer bytes = GgufMetadata.buffer(4 * values.length);
          for (float value : values) {
            bytes.putFloat(value);
          }
          sink.write(bytes.flip());
        });
  }
}
