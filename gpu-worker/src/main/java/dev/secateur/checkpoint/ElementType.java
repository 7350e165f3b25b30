package dev.secateur.checkpoint;

import dev.secateur.protocol.InputException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The element types of safetensors that Secateur reads, under the names they have in its header.
 */
public enum ElementType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** The width of one element, in bytes. */
  public int bytes() {
    return bytes;
  }

  /**
   * @throws InputException when no type has that name
   */
  static ElementType named(String name, String where) {
    for (ElementType type : values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    throw new InputException(
        where
            + ": element type '"
            + name
            + "' is not supported; supported are "
            + Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", ")));
  }
}
