package dev.secateur.checkpoint;

import java.util.Arrays;

/**
 * The location of a tensor in a safetensors file.
 *
 * @param begin first byte, from the start of the file
 * @param end the byte after the last
 */
public record StoredTensor(String name, ElementType type, long[] shape, long begin, long end) {
  /** The number of elements. */
  public long elements() {
    return (end - begin) * 8 / type.bits();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoredTensor that
        && name.equals(that.name)
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && begin == that.begin
        && end == that.end;
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name + " " + type + Arrays.toString(shape);
  }
}
