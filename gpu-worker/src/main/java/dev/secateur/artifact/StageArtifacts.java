package dev.secateur.artifact;

import dev.failsafe.RetryPolicy;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.retry.Retries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The artifacts that a worker's stages read and write: those of its own folder, of the
 * coordinator's store, if there is one (the folder is then its cache), and of other workers. An
 * acknowledged artifact is in the store, or stays here if it is large ({@link ArtifactPlacement}).
 * Used by one thread at a time, except for the address of the store.
 *
 * <p>Long operations report progress: {@code told} receives what they wait for, at least every few
 * seconds, and may throw to abort.
 */
public final class StageArtifacts {
  private static final Logger LOG = LoggerFactory.getLogger(StageArtifacts.class);
  private static final String WAITING = "waiting for the coordinator's store";
  private static final String WAITING_FOR_ROOM = "waiting for room in the coordinator's store";

  private final ArtifactStore own;
  private final HttpClient http;
  private final RetryPolicy<Object> retrying;
  private final ArtifactPlacement placement;
  private final CacheLimit limit; // null where everything is kept
  private volatile StoreAccess store; // null until it is known
  private Touching used; // null between tasks

  /**
   * How long a store that does not answer is waited for.
   *
   * @param between two attempts
   */
  public record Patience(Duration whole, Duration between) {}

  /** Those of a folder without a limit. */
  public StageArtifacts(ArtifactStore own, HttpClient http, Patience patience) {
    this(own, http, patience, ArtifactPlacement.USUAL, Optional.empty());
  }

  /**
   * @param placement which artifacts stay in the own folder
   * @param most how much of what the store has too is kept in the own folder; all where absent
   */
  public StageArtifacts(
      ArtifactStore own,
      HttpClient http,
      Patience patience,
      ArtifactPlacement placement,
      Optional<CacheLimit.Most> most) {
    this.limit = most.map(size -> new CacheLimit(own.root(), size)).orElse(null);
    this.own = own;
    this.http = http;
    this.retrying =
        Retries.within(patience.whole(), patience.between())
            .handle(StoreAwayException.class)
            .onRetryScheduled(
                retry -> LOG.info("{}; retrying", retry.getLastException().getMessage()))
            .build();
    this.placement = placement;
  }

  /** Where the store is from now on; may be said on any thread. */
  public void storeAt(StoreAccess access) {
    store = access;
  }

  /** A task begins: what it finds is not to go before it has ended. */
  public void taskBegins() {
    used = new Touching();
  }

  /**
   * A task has ended; what is too much by now goes from the own folder. Whatever comes of that
   * changes nothing for the task: what fails is logged, and goes when another task has ended.
   */
  public void taskEnds(Consumer<String> told) {
    if (used != null) {
      used.close();
      used = null;
    }
    StoreAccess access = store;
    if (limit == null || access == null) {
      return;
    }
    try {
      limit(access, told);
    } catch (CancellationException e) {
      LOG.debug(
          "{}: its size was not brought below the limit, since the task was abandoned", own.root());
    } catch (RuntimeException e) {
      LOG.warn(
          "{}: its size could not be brought below the limit: {}",
          own.root(),
          FailureReason.of(e),
          e);
    }
  }

  private void limit(StoreAccess access, Consumer<String> told) {
    StoreClient there = new StoreClient(http, access, told, StoreClient.Patience.SHORT);
    limit
        .apply(artifact -> there.has(artifact.key(), own, false), Instant.now())
        .forEach(gone -> LOG.info("{}: removed, since the store has it", gone.path()));
  }

  /** The artifact of a stage in the own folder. */
  public Optional<Artifact> here(StageKey key) {
    return own.find(key).map(this::used);
  }

  private Artifact used(Artifact artifact) {
    if (used != null) {
      used.add(artifact.file(ArtifactStore.MANIFEST));
    }
    return artifact;
  }

  /**
   * What is known of a stage that another worker, or an earlier life, has done: its manifest alone
   * is brought. What only a worker has though it belongs into the store, which has lost its own, is
   * brought there.
   */
  public Optional<Artifact> done(StageKey key, Consumer<String> told) throws IOException {
    return patiently(
        access -> {
          Optional<StoreClient.Described> found = client(access, told).described(key, own);
          if (found.isEmpty()) {
            return Optional.empty();
          }
          Artifact artifact = found.get().artifact();
          return found.get().isStored() || placement.stays(artifact.ref())
              ? Optional.of(artifact)
              : restored(key, access, told);
        },
        told);
  }

  private Optional<Artifact> restored(StageKey key, StoreAccess access, Consumer<String> told)
      throws IOException {
    Optional<Artifact> brought = brought(key, access, told);
    if (brought.isPresent()) {
      client(access, told).put(brought.get(), own, true, true);
    }
    return brought;
  }

  /**
   * The artifact of a stage that is done.
   *
   * @throws ArtifactMissingException when nobody has it
   */
  public Artifact get(StageKey key, Consumer<String> told) {
    try {
      Optional<Artifact> here = here(key);
      return here.isPresent()
          ? here.get()
          : patiently(access -> brought(key, access, told), told)
              .map(this::used)
              .orElseThrow(() -> new ArtifactMissingException(key));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of the workers of one folder the first brings an artifact, and the others find it there. */
  private Optional<Artifact> brought(StageKey key, StoreAccess access, Consumer<String> told)
      throws IOException {
    Runnable waiting = () -> told.accept("waiting for artifact " + key.brief());
    try (ArtifactLock turn = own.lock(key, waiting)) {
      Optional<Artifact> here = own.find(key);
      return here.isPresent() ? here : client(access, told).fetch(key, own, true);
    }
  }

  /** Those of the worker's own folder, where new ones are made. */
  public ArtifactStore own() {
    return own;
  }

  /**
   * Brings an artifact of the own folder to the store, where there is one and the artifact does not
   * stay.
   *
   * @param reused whether it was found, and the store may have lost its own since
   */
  public void deliver(Artifact artifact, boolean reused, Consumer<String> told) throws IOException {
    if (placement.stays(artifact.ref())) {
      return;
    }
    patiently(
        access -> {
          client(access, told).put(artifact, own, reused, true);
          return Optional.empty();
        },
        told);
  }

  /** Something that speaks to the store. */
  @FunctionalInterface
  private interface Attempt {
    Optional<Artifact> run(StoreAccess access) throws IOException;
  }

  /** A coordinator that fails over is away for a while; then the store is elsewhere. */
  private Optional<Artifact> patiently(Attempt attempt, Consumer<String> told) throws IOException {
    try {
      return Retries.call(
          retrying,
          context -> {
            if (context.isRetry()) {
              told.accept(waiting(context.getLastException()));
            }
            StoreAccess access = store;
            return access == null ? Optional.empty() : attempt.run(access);
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static String waiting(Throwable failure) {
    return failure instanceof StoreFullException ? WAITING_FOR_ROOM : WAITING;
  }

  private StoreClient client(StoreAccess access, Consumer<String> told) {
    return new StoreClient(http, access, told);
  }
}
