package dev.secateur.actors.node;

import dev.secateur.artifact.Artifact;
import dev.secateur.artifact.ArtifactStore;
import dev.secateur.artifact.StoreClient;
import dev.secateur.coordinator.http.ArtifactRepository;
import dev.secateur.coordinator.http.StoreFullException;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The artifacts of a coordinator. If there are other coordinators, an artifact is acknowledged only
 * when it is on more than one disk: small artifacts go into the database too, larger ones to a
 * second coordinator.
 */
final class CoordinatorArtifacts implements ArtifactRepository {
  private static final long SMALL = 8L << 20;

  private final ArtifactStore store;
  private final ArtifactTable table; // null where there is but one coordinator
  private final Supplier<List<StoreAccess>> others;
  private final HttpClient http;
  private final StoreRoom room;
  private final String place;

  /**
   * @param table in the database that coordinators share; absent where there is but one
   * @param others the stores of the other coordinators that are there now
   * @param room for what is put into the own folder
   */
  CoordinatorArtifacts(
      ArtifactStore store,
      Optional<ArtifactTable> table,
      Supplier<List<StoreAccess>> others,
      HttpClient http,
      StoreRoom room) {
    this(store, table, others, http, room, "store");
  }

  private CoordinatorArtifacts(
      ArtifactStore store,
      Optional<ArtifactTable> table,
      Supplier<List<StoreAccess>> others,
      HttpClient http,
      StoreRoom room,
      String place) {
    this.store = store;
    this.table = table.orElse(null);
    this.others = others;
    this.http = http;
    this.room = room;
    this.place = place;
  }

  /** Of a folder that all nodes share. */
  static CoordinatorArtifacts shared(ArtifactStore store, HttpClient http, StoreRoom room) {
    return new CoordinatorArtifacts(store, Optional.empty(), List::of, http, room, "shared");
  }

  @Override
  public Optional<byte[]> manifest(StageKey key, boolean verify, boolean relay) throws IOException {
    if (!verify && (table == null || !relay)) {
      return store.manifest(key);
    }
    Optional<Artifact> whole = store.find(key);
    if (whole.isPresent()) {
      if (relay) {
        keepTwice(whole.get());
      }
      return store.manifest(key);
    }
    return relay ? ofOthers(key, verify) : Optional.empty();
  }

  /** What the database has is put into the own folder; of other coordinators the word is enough. */
  private Optional<byte[]> ofOthers(StageKey key, boolean verify) throws IOException {
    if (unpacksKept(key)) {
      return store.manifest(key);
    }
    return ofOthers(other -> other.manifest(key, verify));
  }

  @Override
  public Optional<byte[]> described(StageKey key, boolean relay) throws IOException {
    Optional<byte[]> own = store.manifest(key);
    return own.isPresent() || !relay ? own : ofOthers(key, false);
  }

  @Override
  public Optional<Path> file(StageKey key, String name) throws IOException {
    Optional<Path> own = store.path(key, name);
    return own.isEmpty() && store.manifest(key).isEmpty() && unpacksKept(key)
        ? store.path(key, name)
        : own;
  }

  @Override
  public Optional<InputStream> elsewhere(StageKey key, String name, long from) throws IOException {
    return ofOthers(other -> other.file(key, name, from));
  }

  @Override
  public Set<StageKey> kept(Set<StageKey> keys) throws IOException {
    Set<StageKey> kept = new HashSet<>();
    boolean others = true;
    for (StageKey key : keys) {
      if (store.has(key) || table != null && table.has(key)) {
        kept.add(key);
      } else if (others) {
        try {
          ofOthers(other -> other.manifest(key, false)).ifPresent(there -> kept.add(key));
        } catch (IOException e) {
          others = false; // each question to one that is away takes long
        }
      }
    }
    return kept;
  }

  @Override
  public String place() {
    return place;
  }

  @Override
  public boolean obtain(StageKey key, boolean relay) throws IOException {
    if (store.find(key).isPresent()) {
      return true;
    }
    return unpacksKept(key)
        || relay && ofOthers(other -> other.fetch(key, store, false)).isPresent();
  }

  private boolean unpacksKept(StageKey key) throws IOException {
    Optional<byte[]> kept = table == null ? Optional.empty() : table.find(key);
    return kept.isPresent() && unpacks(key, kept.get());
  }

  private boolean unpacks(StageKey key, byte[] packed) throws IOException {
    try {
      store.unpack(key, new ByteArrayInputStream(packed));
      return true;
    } catch (InputException e) {
      return false; // damaged, and as good as missing
    } catch (IOException e) {
      throw room.cause(e);
    }
  }

  /** Asks another coordinator. */
  @FunctionalInterface
  private interface Question<T> {
    Optional<T> ask(StoreClient other) throws IOException;
  }

  /** The first of the other coordinators that has it. */
  private <T> Optional<T> ofOthers(Question<T> question) throws IOException {
    IOException failure = null;
    for (StoreAccess other : others.get()) {
      try {
        Optional<T> found = question.ask(new StoreClient(http, other));
        if (found.isPresent()) {
          return found;
        }
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure; // it may have what the rest lacks
    }
    return Optional.empty();
  }

  @Override
  public void pack(StageKey key, OutputStream into) throws IOException {
    store.pack(key, into);
  }

  @Override
  public void take(StageKey key, InputStream from, boolean relay) throws IOException {
    room.check();
    Artifact artifact = unpacked(key, from);
    if (relay) {
      keepTwice(artifact);
    }
  }

  private Artifact unpacked(StageKey key, InputStream from) throws IOException {
    try {
      return store.unpack(key, from);
    } catch (IOException e) {
      throw room.cause(e);
    }
  }

  private void keepTwice(Artifact artifact) throws IOException {
    if (table == null) {
      return;
    }
    StageKey key = artifact.ref().key();
    if (artifact.ref().bytes() > SMALL) {
      putToAnother(artifact);
    } else if (!table.has(key)) {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      store.pack(key, packed);
      table.put(key, packed.toByteArray());
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
    if (failure instanceof dev.secateur.artifact.StoreFullException) {
      throw new StoreFullException(FailureReason.of(failure));
    }
    throw new IOException(
        "artifact "
            + artifact.ref().key().brief()
            + " is stored on one disk only, since no other coordinator accepts a copy; start"
            + " one, or set secateur.artifacts.shared",
        failure);
  }
}
