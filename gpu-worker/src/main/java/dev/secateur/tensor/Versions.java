package dev.secateur.tensor;

import ai.djl.engine.Engine;
import java.util.Map;
import java.util.TreeMap;

/** The library versions that provenance records and {@code doctor} prints. */
public final class Versions {
  private Versions() {}

  /** Secateur's own version. */
  public static String secateur() {
    String version = Versions.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /** Every version, by name. */
  public static Map<String, String> all() {
    Map<String, String> versions = new TreeMap<>();
    versions.put("secateur", secateur());
    versions.put("java", System.getProperty("java.version"));
    versions.put("djl", Engine.getDjlVersion());
    versions.put("libtorch", Engine.getInstance().getVersion());
    versions.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    return versions;
  }
}
