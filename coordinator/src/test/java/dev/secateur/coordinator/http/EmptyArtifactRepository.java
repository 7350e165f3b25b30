package dev.secateur.coordinator.http;

import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** A repository that has nothing and reads whatever is brought. */
class EmptyArtifactRepository implements ArtifactRepository {
  @Override
  public Optional<byte[]> manifest(StageKey key, boolean verify, boolean relay) {
    return Optional.empty();
  }

  @Override
  public Optional<byte[]> described(StageKey key, boolean relay) {
    return Optional.empty();
  }

  @Override
  public Optional<Path> file(StageKey key, String name) {
    return Optional.empty();
  }

  @Override
  public Optional<InputStream> elsewhere(StageKey key, String name, long from) {
    return Optional.empty();
  }

  @Override
  public Set<StageKey> kept(Set<StageKey> keys) {
    return Set.of();
  }

  @Override
  public String place() {
    return "store";
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
