package dev.secateur.checkpoint;

import ai.djl.Device;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.WeightPlacement;

/** How a model's weights are kept while it is used. */
public enum Residency {
  /** All of them on the device, in float32. */
  FLOAT32("resident in float32"),
  /** All of them on the device, in the checkpoint's own types; cast submodule by submodule. */
  STORED("resident in the checkpoint's types"),
  /** In the checkpoint's files; read and cast submodule by submodule. */
  STREAMED("streamed");

  /** The share of a device's memory that weights may take: one of this many. */
  private static final long SHARE = 2;

  private final String told;

  Residency(String told) {
    this.told = told;
  }

  /** As a line for users ends that begins with "weights". */
  public String told() {
    return told;
  }

  /**
   * What is best for a checkpoint on a device: float32 where that takes at most half of what may be
   * used of it, else the stored types where they do, else neither.
   *
   * @param allowance whose placement was asked for; where weights are to be resident, the stored
   *     types are taken however much they take
   */
  public static Residency of(Allowance allowance, Checkpoint checkpoint, Device device) {
    if (allowance.placement() == WeightPlacement.STREAMED) {
      return STREAMED;
    }
    long memory = allowance.memory(device);
    return of(allowance.placement(), sizes(checkpoint), memory == 0 ? Long.MAX_VALUE : memory);
  }

  /** Bytes of all parameters, in float32 and as they are stored. */
  public record Sizes(long float32, long stored) {}

  /**
   * What is best for weights of these sizes on a device.
   *
   * @param memory bytes of the device
   */
  public static Residency of(WeightPlacement placement, Sizes sizes, long memory) {
    if (sizes.float32() <= memory / SHARE) {
      return FLOAT32;
    }
    boolean resident = placement == WeightPlacement.RESIDENT || sizes.stored() <= memory / SHARE;
    return resident ? STORED : STREAMED;
  }

  private static Sizes sizes(Checkpoint checkpoint) {
    var types = checkpoint.types();
    long float32 = 0;
    long stored = 0;
    for (ParameterShape parameter : checkpoint.decoder().parameters()) {
      float32 += 4 * parameter.elements();
      stored += types.get(parameter.name()).bytes() * parameter.elements();
    }
    return new Sizes(float32, stored);
  }
}
