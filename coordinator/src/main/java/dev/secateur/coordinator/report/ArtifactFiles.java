package dev.secateur.coordinator.report;

import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.util.Optional;

/** Files of the artifacts of stages. Blocks, so not for the default dispatcher of actors. */
@FunctionalInterface
public interface ArtifactFiles {
  /**
   * A file of a stage's artifact; nothing where the artifact has no such file.
   *
   * @throws IOException when the artifact is unavailable, with the reason
   */
  Optional<byte[]> find(StageKey stage, String name) throws IOException;
}
