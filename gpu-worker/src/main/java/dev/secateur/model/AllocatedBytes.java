package dev.secateur.model;

import java.util.Set;

/** What CUDA's caching allocator holds for a model. */
final class AllocatedBytes {
  private static final long MIB = 1L << 20;
  private static final long CACHED_POSITIONS = 2048;

  private AllocatedBytes() {}

  /**
   * Bytes in half precision: each parameter rounded as the allocator does, and to each block the
   * tables of rotary positions that the published measurements had (2048 positions) with their
   * frequencies.
   *
   * @param rotated the widths of rotary positions, each once
   */
  static long of(Decoder decoder, Set<Long> rotated) {
    long bytes =
        decoder.parameters().stream().mapToLong(parameter -> block(2 * parameter.elements())).sum();
    long tables =
        rotated.stream()
            .mapToLong(width -> 2 * block(CACHED_POSITIONS * width * 2) + block(width / 2 * 4))
            .sum();
    return bytes + decoder.layers() * tables;
  }

  /** What the allocator takes for a tensor: whole sectors, and of large ones whole segments. */
  private static long block(long bytes) {
    long sectors = roundUp(bytes, 512);
    long segment = roundUp(sectors, 2 * MIB);
    return sectors >= 10 * MIB && segment - sectors <= MIB ? segment : sectors;
  }

  private static long roundUp(long bytes, long unit) {
    return (bytes + unit - 1) / unit * unit;
  }
}
