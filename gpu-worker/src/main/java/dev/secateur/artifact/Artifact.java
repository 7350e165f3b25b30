package dev.secateur.artifact;

import dev.secateur.protocol.ArtifactRef;
import java.nio.file.Path;
import java.util.Map;

/**
 * A stage's result on disk.
 *
 * @param folder with its files
 * @param seconds what the computation took
 * @param machine what computed it: worker, host, device and versions, by name
 */
public record Artifact(
    ArtifactRef ref,
    Path folder,
    Map<String, Double> metrics,
    double seconds,
    Map<String, String> machine) {
  /** One of its files. */
  public Path file(String name) {
    return folder.resolve(name);
  }
}
