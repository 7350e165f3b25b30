package dev.secateur.gguf;

import dev.secateur.protocol.GgufWeights;
import dev.secateur.protocol.InputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The element types of tensors in GGUF files. */
public enum GgufType {
  F32(0, 0, 4, 1),
  F16(1, 1, 2, 1),
  BF16(30, 32, 2, 1),
  /** Blocks of 32 elements of a row: a half-precision scale and 32 signed bytes. */
  Q8_0(8, 7, 34, 32);

  private final int number;
  private final int fileNumber;
  private final int blockBytes;
  private final int blockElements;

  /**
   * @param number of tensors of the type
   * @param fileNumber of files most of whose tensors are of the type
   */
  GgufType(int number, int fileNumber, int blockBytes, int blockElements) {
    this.number = number;
    this.fileNumber = fileNumber;
    this.blockBytes = blockBytes;
    this.blockElements = blockElements;
  }

  int number() {
    return number;
  }

  int fileNumber() {
    return fileNumber;
  }

  /** The bytes of this many elements, which are whole blocks. */
  long bytes(long elements) {
    return elements / blockElements * blockBytes;
  }

  /** What a matrix with rows of this many elements is stored as where this type is requested. */
  GgufType ofRows(long elements) {
    return elements % blockElements == 0 ? this : F16;
  }

  /**
   * @throws InputException when there is none of that name
   */
  public static GgufType of(String name) {
    return Arrays.stream(values())
        .filter(type -> type.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () -> new InputException("'" + name + "' is not a GGUF weight type: " + names()));
  }

  /** What a plan calls it. */
  public static GgufType of(GgufWeights weights) {
    return of(weights.label());
  }

  /** All names, as they are typed. */
  public static String names() {
    return Arrays.stream(values())
        .map(type -> type.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}
