package dev.secateur.coordinator.http;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Where a coordinator keeps artifacts for workers. All methods block.
 *
 * <p>{@code relay} says whether the repositories of other coordinators may be queried or updated;
 * they do not forward it.
 */
public interface ArtifactRepository {
  /**
   * What the manifest of an artifact says that is kept safely.
   *
   * @param verify whether to look whether all of it is still whole
   */
  Optional<byte[]> manifest(StageKey key, boolean verify, boolean relay) throws IOException;

  /** The description of an artifact from its manifest, wherever it is kept. */
  Optional<byte[]> described(StageKey key, boolean relay) throws IOException;

  /** Whether an artifact can be packed from here now. */
  boolean obtain(StageKey key, boolean relay) throws IOException;

  /** Writes an artifact that was obtained as one stream. */
  void pack(StageKey key, OutputStream into) throws IOException;

  /** A file of an artifact that is on this disk, or is put there from the shared database. */
  Optional<Path> file(StageKey key, String name) throws IOException;

  /** A file of an artifact that another coordinator has, from a place on. */
  Optional<InputStream> elsewhere(StageKey key, String name, long from) throws IOException;

  /** Those of these artifacts that this coordinator, the database or another has. */
  Set<StageKey> kept(Set<StageKey> keys) throws IOException;

  /** What it is called where the place of an artifact is requested. */
  String place();

  /**
   * Takes an artifact in, and returns once it is kept safely.
   *
   * @throws InputException when it is not that artifact, or damaged
   * @throws StoreFullException when there is no room for it now
   */
  void take(StageKey key, InputStream from, boolean relay) throws IOException;
}
