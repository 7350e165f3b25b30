package dev.secateur.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The metadata of a GGUF file, key by key, in the bytes of the format. */
final class GgufMetadata {
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Map<String, byte[]> values = new LinkedHashMap<>();

  GgufMetadata text(String key, String text) {
    return put(key, STRING, string(text));
  }

  GgufMetadata number(String key, long number) {
    return put(key, UINT32, buffer(4).putInt(unsigned(key, number)).array());
  }

  GgufMetadata real(String key, double number) {
    return put(key, FLOAT32, buffer(4).putFloat((float) number).array());
  }

  GgufMetadata flag(String key, boolean flag) {
    return put(key, BOOL, new byte[] {(byte) (flag ? 1 : 0)});
  }

  GgufMetadata texts(String key, List<String> texts) {
    List<byte[]> strings = texts.stream().map(GgufMetadata::string).toList();
    ByteBuffer bytes = array(STRING, texts.size(), strings.stream().mapToInt(s -> s.length).sum());
    strings.forEach(bytes::put);
    return put(key, ARRAY, bytes.array());
  }

  GgufMetadata numbers(String key, List<Long> numbers) {
    ByteBuffer bytes = array(INT32, numbers.size(), 4 * numbers.size());
    numbers.forEach(number -> bytes.putInt(Math.toIntExact(number)));
    return put(key, ARRAY, bytes.array());
  }

  GgufMetadata reals(String key, float[] numbers) {
    ByteBuffer bytes = array(FLOAT32, numbers.length, 4 * numbers.length);
    for (float number : numbers) {
      bytes.putFloat(number);
    }
    return put(key, ARRAY, bytes.array());
  }

  /** One number where all are the same, else all of them. */
  GgufMetadata oneOrAll(String key, List<Long> numbers) {
    return numbers.stream().distinct().count() == 1
        ? number(key, numbers.get(0))
        : numbers(key, numbers);
  }

  int count() {
    return values.size();
  }

  /** Keys, types and values, one after the other. */
  byte[] bytes() {
    int size =
        values.entrySet().stream()
            .mapToInt(e -> string(e.getKey()).length + e.getValue().length)
            .sum();
    ByteBuffer bytes = buffer(size);
    values.forEach((key, value) -> bytes.put(string(key)).put(value));
    return bytes.array();
  }

  private GgufMetadata put(String key, int type, byte[] value) {
    byte[] typed = buffer(4 + value.length).putInt(type).put(value).array();
    if (values.put(key, typed) != null) {
      throw new IllegalStateException("'" + key + "' is stated twice");
    }
    return this;
  }

  private static int unsigned(String key, long number) {
    if (number < 0 || number >= 1L << 32) {
      throw new IllegalArgumentException(key + " is " + number + ", no number of 32 bits");
    }
    return (int) number;
  }

  private static ByteBuffer array(int type, int count, int bytes) {
    return buffer(12 + bytes).putInt(type).putLong(count);
  }

  /** Its length and its UTF-8 bytes. */
  static byte[] string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return buffer(8 + utf8.length).putLong(utf8.length).put(utf8).array();
  }

  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
