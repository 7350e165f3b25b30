package dev.secateur.artifact;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The artifacts that a worker's stages read and write: those of its own folder, and where there is
 * one those of the coordinator's store, of which the folder then is a cache. What is acknowledged
 * is in the store. Used by one thread at a time, but for where the store is.
 */
public final class StageArtifacts {
  private static final Logger LOG = LoggerFactory.getLogger(StageArtifacts.class);

  private final ArtifactStore own;
  private final HttpClient http;
  private final Patience patience;
  private final Optional<CacheLimit> limit;
  private volatile Optional<StoreAccess> store = Optional.empty();
  private Optional<Touching> used = Optional.empty();

  /**
   * How long a store that does not answer is waited for.
   *
   * @param between two attempts
   */
  public record Patience(Duration whole, Duration between) {}

  /** Those of a folder without a limit. */
  public StageArtifacts(ArtifactStore own, HttpClient http, Patience patience) {
    this(own, http, patience, Optional.empty());
  }

  /**
   * @param most how much of what the store has too is kept in the own folder; all where absent
   */
  public StageArtifacts(
      ArtifactStore own, HttpClient http, Patience patience, Optional<CacheLimit.Most> most) {
    this.limit = most.map(size -> new CacheLimit(own.root(), size));
    this.own = own;
    this.http = http;
    this.patience = patience;
  }

  /** Where the store is from now on; may be said on any thread. */
  public void storeAt(StoreAccess access) {
    store = Optional.of(access);
  }

  /** A task begins: what it finds is not to go before it has ended. */
  public void taskBegins() {
    used = Optional.of(new Touching());
  }

  /** A task has ended; what is too much by now goes from the own folder. */
  public void taskEnds() {
    used.ifPresent(Touching::close);
    used = Optional.empty();
    Optional<StoreAccess> access = store;
    if (limit.isPresent() && access.isPresent()) {
      StoreClient there = client(access.get());
      List<StoreContents.Entry> gone =
          limit
              .get()
              .apply(entry -> there.has(entry.key().orElseThrow(), own, false), Instant.now());
      gone.forEach(entry -> LOG.info("{}: removed, the store has it", entry.path()));
    }
  }

  /**
   * The artifact of a stage, if it is anywhere and whole.
   *
   * @param waiting told between attempts to reach the store; may throw to give up
   */
  public Optional<Artifact> find(StageKey key, Runnable waiting) throws IOException {
    Optional<Artifact> found =
        patiently(
            () -> {
              Optional<Artifact> here = own.find(key);
              Optional<StoreAccess> access = store;
              return here.isPresent() || access.isEmpty()
                  ? here
                  : client(access.get()).fetch(key, own, true);
            },
            waiting);
    found.ifPresent(
        one -> used.ifPresent(touching -> touching.add(one.file(ArtifactStore.MANIFEST))));
    return found;
  }

  /**
   * The artifact of a stage that is done.
   *
   * @param waiting told between attempts to reach the store; may throw to give up
   * @throws ArtifactMissingException when nobody has it
   */
  public Artifact get(StageKey key, Runnable waiting) {
    try {
      return find(key, waiting).orElseThrow(() -> new ArtifactMissingException(key));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Those of the worker's own folder, where new ones are made. */
  public ArtifactStore own() {
    return own;
  }

  /**
   * Brings an artifact to the store, where there is one.
   *
   * @param reused whether it was found, and the store may have lost its own since
   * @param waiting told between attempts to reach the store; may throw to give up
   */
  public void deliver(Artifact artifact, boolean reused, Runnable waiting) throws IOException {
    patiently(
        () -> {
          Optional<StoreAccess> access = store;
          if (access.isPresent()) {
            client(access.get()).put(artifact, own, reused, true);
          }
          return Optional.empty();
        },
        waiting);
  }

  /** Something that speaks to the store. */
  @FunctionalInterface
  private interface Attempt {
    Optional<Artifact> run() throws IOException;
  }

  /** A coordinator that fails over is away for a while; then the store is elsewhere. */
  private Optional<Artifact> patiently(Attempt attempt, Runnable waiting) throws IOException {
    long end = System.nanoTime() + patience.whole().toNanos();
    while (true) {
      try {
        return attempt.run();
      } catch (StoreAwayException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LOG.info("{}; trying again", e.getMessage());
      }
      waiting.run();
      pause();
    }
  }

  private void pause() throws IOException {
    try {
      Thread.sleep(patience.between().toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private StoreClient client(StoreAccess access) {
    return new StoreClient(http, access);
  }
}
