package dev.secateur.coordinator.http;

import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/** A shelf that has nothing and reads whatever is brought. */
final class EmptyShelf implements ArtifactShelf {
  @Override
  public Optional<byte[]> manifest(StageKey key, boolean verify, boolean relay) {
    return Optional.empty();
  }

  @Override
  public boolean obtain(StageKey key, boolean relay) {
    return false;
  }

  @Override
  public void pack(StageKey key, OutputStream into) {}

  @Override
  public void take(StageKey key, InputStream from, boolean relay) throws IOException {
    from.transferTo(OutputStream.nullOutputStream());
  }
}
