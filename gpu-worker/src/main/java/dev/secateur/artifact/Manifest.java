package dev.secateur.artifact;

import dev.secateur.protocol.StageSpec.StageKind;
import java.util.SortedMap;

/**
 * The manifest of an artifact's folder.
 *
 * @param files every other file by its name relative to the folder
 * @param provenance what computed it: worker, host, device and versions
 */
record Manifest(
    String key,
    StageKind kind,
    SortedMap<String, Content> files,
    SortedMap<String, Double> metrics,
    double seconds,
    SortedMap<String, String> provenance) {

  /**
   * @param bytes size
   */
  record Content(String sha256, long bytes) {}

  long bytes() {
    return files.values().stream().mapToLong(Content::bytes).sum();
  }
}
