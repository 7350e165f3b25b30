package dev.secateur.natives;

import dev.secateur.protocol.InputException;
import java.util.Optional;

/** The target of a libtorch build, under the names of DJL's native code. */
public enum Flavor {
  CPU("cpu"),
  CU128("cu128");

  /**
   * DJL's native side is built against this version's classes; with any other it corrupts memory.
   */
  public static final String VERSION = "2.7.1";

  private final String label;

  Flavor(String label) {
    this.label = label;
  }

  /** As DJL names it. */
  public String label() {
    return label;
  }

  /**
   * @throws InputException when DJL has no native side of that name
   */
  public static Flavor of(String label) {
    for (Flavor flavor : values()) {
      if (flavor.label.equals(label)) {
        return flavor;
      }
    }
    throw new InputException(
        "flavor '" + label + "' is not one of cu128, cpu, for which DJL's native library is built");
  }

  /** Whether a libtorch for that version of CUDA, or for none, works: minor versions agree. */
  boolean takes(boolean hasCuda, Optional<String> cuda) {
    return this == CPU
        ? !hasCuda
        : hasCuda && cuda.map(version -> version.startsWith("12.")).orElse(true);
  }
}
