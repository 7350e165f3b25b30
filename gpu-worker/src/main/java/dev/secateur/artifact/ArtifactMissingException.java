package dev.secateur.artifact;

import dev.secateur.protocol.StageKey;

/** An artifact is neither here nor in the coordinator's store, or corrupted in both. */
public final class ArtifactMissingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient StageKey key;

  ArtifactMissingException(StageKey key) {
    super("artifact " + key.brief() + " is missing or corrupted");
    this.key = key;
  }

  public StageKey key() {
    return key;
  }
}
