package dev.secateur.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.input.JsonFile;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file, checked before anything is read by it: every tensor's bytes lie
 * within the file, none overlap or leave a gap, and each is as long as its shape and type say.
 */
record SafetensorsHeader(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
  /** The largest header, in bytes; that of 100,000 tensors in one file has 12 MB. */
  static final long LARGEST = 32L << 20;

  private static final ObjectMapper JSON =
      JsonFile.mapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  /**
   * @param text the header's JSON
   * @param file what errors call the file
   * @param dataStart the first byte of tensor data
   * @param fileSize the size of the file, in bytes
   */
  static SafetensorsHeader parse(String text, String file, long dataStart, long fileSize) {
    JsonNode root = json(text, file);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    root.properties()
        .forEach(
            field -> {
              if (field.getKey().equals("__metadata__")) {
                if (!field.getValue().isObject()) {
                  throw new InputException(file + ": '__metadata__' is not an object of strings");
                }
                field
                    .getValue()
                    .properties()
                    .forEach(m -> metadata.put(m.getKey(), m.getValue().asText()));
              } else {
                tensors.put(
                    field.getKey(), tensor(field.getKey(), field.getValue(), file, dataStart));
              }
            });
    checkLayout(tensors, file, dataStart, fileSize);
    return new SafetensorsHeader(tensors, metadata);
  }

  private static JsonNode json(String text, String file) {
    try {
      JsonNode root = JSON.readTree(text);
      if (root == null || !root.isObject()) {
        throw new InputException(file + ": the safetensors header is not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new InputException(
          file + ": the safetensors header is not valid JSON: " + JsonFile.reason(e), e);
    }
  }

  private static StoredTensor tensor(String name, JsonNode node, String file, long dataStart) {
    String where = file + ": tensor '" + name + "'";
    ElementType type = ElementType.named(node.path("dtype").asText(), where);
    long[] shape = longs(node.path("shape"), where + ": shape");
    long[] offsets = longs(node.path("data_offsets"), where + ": data_offsets");
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw new InputException(where + ": data_offsets are not a start and an end");
    }
    try {
      long bits = type.bits();
      for (long size : shape) {
        bits = Math.multiplyExact(bits, size);
      }
      if (bits % 8 != 0) {
        throw new InputException(where + ": its elements do not fill whole bytes");
      }
      long bytes = bits / 8;
      if (bytes != offsets[1] - offsets[0]) {
        throw new InputException(
            where
                + ": "
                + (offsets[1] - offsets[0])
                + " bytes of data, but its shape and type need "
                + bytes);
      }
      return new StoredTensor(
          name,
          type,
          shape,
          Math.addExact(dataStart, offsets[0]),
          Math.addExact(dataStart, offsets[1]));
    } catch (ArithmeticException e) {
      throw new InputException(where + ": its shape or offsets are impossibly large", e);
    }
  }

  private static long[] longs(JsonNode node, String where) {
    if (!node.isArray()) {
      throw new InputException(where + " is missing or not a list");
    }
    long[] values = new long[node.size()];
    for (int i = 0; i < values.length; i++) {
      if (!node.get(i).canConvertToLong() || node.get(i).asLong() < 0) {
        throw new InputException(where + " holds " + node.get(i) + ", not a size");
      }
      values[i] = node.get(i).asLong();
    }
    return values;
  }

  private static void checkLayout(
      Map<String, StoredTensor> tensors, String file, long dataStart, long fileSize) {
    List<StoredTensor> inOrder = new ArrayList<>(tensors.values());
    inOrder.sort(
        Comparator.comparingLong(StoredTensor::begin).thenComparingLong(StoredTensor::end));
    long position = dataStart;
    for (StoredTensor tensor : inOrder) {
      if (tensor.begin() != position) {
        throw new InputException(
            file + ": tensor '" + tensor.name() + "' overlaps another or leaves a gap before it");
      }
      position = tensor.end();
    }
    if (position != fileSize) {
      throw new InputException(
          file
              + ": truncated or too long: "
              + fileSize
              + " bytes, but its header describes "
              + position);
    }
  }
}
