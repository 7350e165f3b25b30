package dev.secateur.memory;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.Residency;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Decoder;
import java.util.Map;

/**
 * Predicts the peak memory of work on a model from shapes alone, for each way of keeping weights.
 * Predictions agree with measurements to 15 %, as {@code gpu-worker/README.md} shows.
 *
 * @param types in which parameters are stored; BF16 is assumed for missing ones
 */
public record MemoryModel(Decoder decoder, Map<String, ElementType> types) {
  /** What Java and libtorch take of the host, measured while small models were computed with. */
  public static final long PROCESS_BYTES = 150L << 20;

  /** What Java holds of a unit: its scores, whether it stays, its place in a recipe; measured. */
  private static final long UNIT_BYTES = 160;

  /** Of a config alone, whose weights are assumed to be stored as BF16. */
  public static MemoryModel of(Decoder decoder) {
    return new MemoryModel(decoder, Map.of());
  }

  /** Of a checkpoint's weights, or as of a config where they are not there. */
  public static MemoryModel of(Checkpoint checkpoint) {
    return checkpoint.hasWeights()
        ? new MemoryModel(checkpoint.decoder(), checkpoint.types())
        : of(checkpoint.decoder());
  }

  /** Bytes of all weights in float32, and as they are stored. */
  public Residency.Sizes sizes() {
    return weights(Residency.STREAMED).sizes();
  }

  private WeightBytes weights(Residency residency) {
    return new WeightBytes(decoder, types, residency);
  }

  /**
   * Bytes of the device that the work takes at a time, at most; on a GPU what CUDA itself takes
   * comes on top. Where the device is the processor, {@link #host} comes on top.
   */
  public long need(Work work, Residency residency) {
    return work.peak(decoder, weights(residency));
  }

  /**
   * Bytes of the process beside arrays. Files that are mapped are none of it: the system may take
   * their memory back at any time.
   */
  public long host() {
    long units = Discovery.of(decoder).stream().mapToLong(CoupledStructure::units).sum();
    return PROCESS_BYTES + UNIT_BYTES * units;
  }

  /** Bytes of the host that copies of weights to a GPU lock in memory, at most. */
  public long pinned() {
    return weights(Residency.STREAMED).pinned();
  }
}
