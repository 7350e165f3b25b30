package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of a small safetensors file, in memory, for tests that change them. */
public final class CheckpointTensors {
  private final Map<String, Stored> byName = new LinkedHashMap<>();

  private record Stored(ElementType type, long[] shape, byte[] bytes) {}

  private CheckpointTensors() {}

  /** Every tensor of the file. */
  public static CheckpointTensors read(Path file) {
    CheckpointTensors all = new CheckpointTensors();
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      byte[] content = Files.readAllBytes(file);
      for (StoredTensor tensor : open.tensors().values()) {
        byte[] bytes = new byte[(int) (tensor.end() - tensor.begin())];
        System.arraycopy(content, (int) tensor.begin(), bytes, 0, bytes.length);
        all.byName.put(tensor.name(), new Stored(tensor.type(), tensor.shape(), bytes));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  /** The names, in the file's order. */
  public List<String> names() {
    return List.copyOf(byName.keySet());
  }

  /** A tensor's elements as they are stored. */
  public byte[] bytes(String name) {
    return byName.get(name).bytes().clone();
  }

  /** What a tensor is stored as. */
  public ElementType type(String name) {
    return byName.get(name).type();
  }

  /** Adds or replaces a tensor. */
  public void put(String name, ElementType type, byte[] bytes, long... shape) {
    byName.put(name, new Stored(type, shape, bytes));
  }

  public void remove(String name) {
    byName.remove(name);
  }

  /** Takes a tensor's content and gives it another name. */
  public void rename(String from, String to) {
    byName.put(to, byName.remove(from));
  }

  /** A second tensor of the same content. */
  public void copy(String from, String to) {
    byName.put(to, byName.get(from));
  }

  /** Sets one element of a tensor of weights. */
  public void set(String name, int element, float value) {
    Stored stored = byName.get(name);
    ByteBuffer bytes = ByteBuffer.wrap(stored.bytes().clone()).order(ByteOrder.LITTLE_ENDIAN);
    int at = element * stored.type().bytes();
    switch (stored.type()) {
      case F16 -> bytes.putShort(at, HalfPrecision.toHalf(value));
      case BF16 -> bytes.putShort(at, HalfPrecision.toBfloat(value));
      default -> bytes.putFloat(at, value);
    }
    byName.put(name, new Stored(stored.type(), stored.shape(), bytes.array()));
  }

  /** Stores a float32 tensor in another type of weights. */
  public void convert(String name, ElementType type) {
    Stored stored = byName.get(name);
    ByteBuffer floats = ByteBuffer.wrap(stored.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    int count = stored.bytes().length / 4;
    ByteBuffer converted = ByteBuffer.allocate(count * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      if (type == ElementType.F16) {
        converted.putShort(HalfPrecision.toHalf(floats.getFloat()));
      } else {
        converted.putShort(HalfPrecision.toBfloat(floats.getFloat()));
      }
    }
    byName.put(name, new Stored(type, stored.shape(), converted.array()));
  }

  /** Writes them all. */
  public void write(Path file) {
    ObjectNode header = Json.MAPPER.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    byName.forEach(
        (name, stored) -> {
          ObjectNode node = header.putObject(name).put("dtype", stored.type().name());
          ArrayNode shape = node.putArray("shape");
          Arrays.stream(stored.shape()).forEach(shape::add);
          ArrayNode offsets = node.putArray("data_offsets").add(data.size());
          data.writeBytes(stored.bytes());
          offsets.add(data.size());
        });
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer whole =
        ByteBuffer.allocate(8 + json.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    whole.putLong(json.length).put(json).put(data.toByteArray());
    try {
      Files.write(file, whole.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
