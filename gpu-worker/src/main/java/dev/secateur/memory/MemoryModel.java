package dev.secateur.memory;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.Residency;
import dev.secateur.model.Decoder;
import java.util.Map;

/**
 * What work on a model needs of memory at most, however its weights are kept; from shapes alone. It
 * agrees with what was measured to 15 %, which {@code gpu-worker/README.md} shows.
 *
 * @param types what parameters are stored as; BF16 is assumed of those that it has not
 */
public record MemoryModel(Decoder decoder, Map<String, ElementType> types) {
  /** What Java and libtorch take of the host, measured while small models were computed with. */
  public static final long PROCESS_BYTES = 150L << 20;

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

  /** The most that the work takes at a time. */
  public MemoryNeed need(Work work, Residency residency) {
    return new MemoryNeed(work.peak(decoder, weights(residency)), PROCESS_BYTES);
  }
}
