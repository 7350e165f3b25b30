package dev.secateur.actors.node;

import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StoreClient;
import dev.secateur.coordinator.http.ArtifactShelf;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The artifacts of a coordinator. Where there are others, nothing is acknowledged that lies on one
 * disk alone: small artifacts go into the database too, larger ones to a second coordinator.
 */
final class CoordinatorShelf implements ArtifactShelf {
  private static final long SMALL = 8L << 20;

  private final ArtifactStore store;
  private final Optional<ArtifactTable> table;
  private final Supplier<List<StoreAccess>> others;
  private final HttpClient http;

  /**
   * @param table in the database that coordinators share; absent where there is but one
   * @param others the stores of the other coordinators that are there now
   */
  CoordinatorShelf(
      ArtifactStore store,
      Optional<ArtifactTable> table,
      Supplier<List<StoreAccess>> others,
      HttpClient http) {
    this.store = store;
    this.table = table;
    this.others = others;
    this.http = http;
  }

  @Override
  public Optional<byte[]> manifest(StageKey key, boolean verify, boolean relay) throws IOException {
    if (verify || table.isPresent() && relay) {
      Optional<Artifact> whole = store.find(key);
      if (whole.isEmpty()) {
        return Optional.empty();
      } else if (relay) {
        keepTwice(whole.get());
      }
    }
    return store.manifest(key);
  }

  @Override
  public boolean obtain(StageKey key, boolean relay) throws IOException {
    if (store.find(key).isPresent()) {
      return true;
    }
    Optional<byte[]> kept = table.isPresent() ? table.get().find(key) : Optional.empty();
    return kept.isPresent() && unpacks(key, kept.get()) || relay && fetchFromOthers(key);
  }

  private boolean unpacks(StageKey key, byte[] packed) throws IOException {
    try {
      store.unpack(key, new ByteArrayInputStream(packed));
      return true;
    } catch (InputException e) {
      return false; // damaged, and as good as missing
    }
  }

  private boolean fetchFromOthers(StageKey key) throws IOException {
    IOException failure = null;
    for (StoreAccess other : others.get()) {
      try {
        if (new StoreClient(http, other).fetch(key, store, false).isPresent()) {
          return true;
        }
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure; // it may have what the rest lacks
    }
    return false;
  }

  @Override
  public void pack(StageKey key, OutputStream into) throws IOException {
    store.pack(key, into);
  }

  @Override
  public void take(StageKey key, InputStream from, boolean relay) throws IOException {
    Artifact artifact = store.unpack(key, from);
    if (relay) {
      keepTwice(artifact);
    }
  }

  private void keepTwice(Artifact artifact) throws IOException {
    if (table.isEmpty()) {
      return;
    }
    StageKey key = artifact.ref().key();
    if (artifact.ref().bytes() > SMALL) {
      putToAnother(artifact);
    } else if (!table.get().has(key)) {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      store.pack(key, packed);
      table.get().put(key, packed.toByteArray());
    }
  }

  private void putToAnother(Artifact artifact) throws IOException {
    IOException failure = null;
    for (StoreAccess other : others.get()) {
      try {
        new StoreClient(http, other).put(artifact, store, true, false);
        return;
      } catch (IOException e) {
        failure = e;
      }
    }
    throw new IOException(
        "artifact "
            + artifact.ref().key().brief()
            + " lies on one disk alone: no other coordinator takes it; start one, or set"
            + " secateur.artifacts.shared",
        failure);
  }
}
