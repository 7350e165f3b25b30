package dev.secateur.coordinator.http;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Where a coordinator keeps artifacts for workers. All of it blocks.
 *
 * <p>{@code relay} says whether other coordinators' shelves may be asked, or are to be told; they
 * do not pass it on in turn.
 */
public interface ArtifactShelf {
  /**
   * What the manifest of an artifact says that is kept safely.
   *
   * @param verify whether to look whether all of it is still whole
   */
  Optional<byte[]> manifest(StageKey key, boolean verify, boolean relay) throws IOException;

  /** Whether an artifact can be packed from here now. */
  boolean obtain(StageKey key, boolean relay) throws IOException;

  /** Writes an artifact that was obtained as one stream. */
  void pack(StageKey key, OutputStream into) throws IOException;

  /**
   * Takes an artifact in, and returns once it is kept safely.
   *
   * @throws InputException when it is not that artifact, or damaged
   */
  void take(StageKey key, InputStream from, boolean relay) throws IOException;
}
