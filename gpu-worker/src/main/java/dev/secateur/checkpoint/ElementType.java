package dev.secateur.checkpoint;

import dev.secateur.protocol.InputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The element types of safetensors, under the names they have in its header. Weights are {@link
 * #F32}, {@link #F16} or {@link #BF16}; a tensor that no parameter needs may have any type.
 */
public enum ElementType {
  BOOL(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private final int bits;

  ElementType(int bits) {
    this.bits = bits;
  }

  /** The width of one element, in bits. */
  public int bits() {
    return bits;
  }

  /**
   * The width of one element, in bytes.
   *
   * @throws IllegalStateException when elements are narrower than a byte
   */
  public int bytes() {
    if (bits % 8 != 0) {
      throw new IllegalStateException(this + " is narrower than a byte");
    }
    return bits / 8;
  }

  /** Whether weights can be of this type. */
  public boolean isOfWeights() {
    return this == F32 || this == F16 || this == BF16;
  }

  /**
   * A type of weights by its name, in any case.
   *
   * @param option what errors call the setting
   * @throws InputException when it names no type of weights
   */
  public static ElementType ofWeights(String name, String option) {
    return Arrays.stream(values())
        .filter(type -> type.isOfWeights() && type.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () -> new InputException(option + " is " + name + "; allowed are F32, F16 and BF16"));
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
