package dev.secateur.hub;

import dev.failsafe.RetryPolicy;
import dev.secateur.checkpoint.FileLocks;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.hub.HubClient.Body;
import dev.secateur.hub.HubClient.Contents;
import dev.secateur.hub.HubClient.Kind;
import dev.secateur.hub.HubClient.Metadata;
import dev.secateur.protocol.InputException;
import dev.secateur.retry.Retries;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Files of the Hugging Face hub on this machine: downloaded if they are missing, resumed after
 * interrupted downloads, checked against the hub's hashes, and kept where other tools of the hub
 * look.
 */
public final class Hub {
  private static final int ATTEMPTS = 5;
  private static final int BUFFER = 1 << 20;
  private static final Duration TURN = Duration.ofMillis(200);

  /** What a model is made of; weights of other formats are of no use here. */
  private static final Predicate<String> OF_A_MODEL =
      name ->
          name.matches(
              "[^/]+\\.safetensors|[^/]+\\.index\\.json|[^/]*config\\.json|[^/]*token[^/]*\\.json"
                  + "|vocab\\.json|merges\\.txt|[^/]+\\.model");

  private final HubSettings settings;
  private final HubClient client;
  private final ProgressListener progress;
  private final RetryPolicy<Object> retrying;

  /** Told of downloads every so often. */
  @FunctionalInterface
  public interface ProgressListener {
    /**
     * @param file with its repository, as {@code owner/name/file}
     * @param done bytes that are there, of {@code all}
     */
    void received(String file, long done, long all);

    /** A server did not answer as it should, and is asked again; may throw to give up. */
    default void waiting(String what) {}
  }

  /**
   * @param pause before a download that broke off is retried; it grows with each attempt
   */
  public Hub(HubSettings settings, ProgressListener progress, Duration pause) {
    this.settings = settings;
    this.client = new HubClient(settings);
    this.progress = progress;
    this.retrying =
        RetryPolicy.builder()
            .handle(IOException.class)
            .withMaxAttempts(ATTEMPTS)
            .withDelayFn(context -> pause.multipliedBy(context.getAttemptCount()))
            .build();
  }

  /** The hub that the environment's variables name. */
  public static Hub ofEnvironment(ProgressListener progress) {
    return new Hub(HubSettings.of(System.getenv()), progress, Duration.ofSeconds(1));
  }

  /**
   * The folder of a model's files.
   *
   * @throws InputException when there is no such model, it needs a token, or it has no safetensors
   */
  public Path model(HubReference reference) {
    Path folder = snapshot(Kind.MODEL, reference, OF_A_MODEL);
    if (!Files.isRegularFile(folder.resolve("config.json"))) {
      throw new InputException(reference + ": the repository has no model: no config.json");
    }
    return folder;
  }

  /** The folder of a model's config alone, which says all of its sizes. */
  public Path config(HubReference reference) {
    return snapshot(Kind.MODEL, reference, "config.json"::equals);
  }

  /** The folder of an adapter's files. */
  public Path adapter(HubReference reference) {
    return snapshot(Kind.MODEL, reference, name -> name.matches("adapter_[^/]+"));
  }

  /** The folder of a data set's files whose names are wanted. */
  public Path dataSet(HubReference reference, Predicate<String> wanted) {
    return snapshot(Kind.DATASET, reference, wanted);
  }

  /**
   * A file of a data set.
   *
   * @throws InputException when there is no such file, or the reference names none
   */
  public Path file(HubReference reference) {
    if (!(reference instanceof HubReference.RepositoryFile file)) {
      throw new InputException(reference + ": names no file: " + reference + "/FILE");
    }
    return told(
        reference,
        () -> {
          HubCache cache = new HubCache(settings.cache(), Kind.DATASET, reference.repository());
          Optional<String> known = cache.commit(reference.revision());
          if (known.isPresent() && (settings.offline() || isCommit(reference))) {
            Path there = cache.file(known.get(), file.path());
            if (Files.isRegularFile(there)) {
              return there;
            }
          }
          String commit = contents(Kind.DATASET, reference, cache).commit();
          return download(cache, Kind.DATASET, reference.at(commit), file.path());
        });
  }

  /** The same file or repository at the commit that its revision stands for now. */
  public HubReference pinned(HubReference reference, Path local) {
    Path folder = settings.cache().toAbsolutePath().normalize();
    Path inside = folder.relativize(local.toAbsolutePath().normalize());
    return reference.at(inside.getName(2).toString()); // repository/snapshots/commit
  }

  private Path snapshot(Kind kind, HubReference reference, Predicate<String> wanted) {
    return told(
        reference,
        () -> {
          HubCache cache = new HubCache(settings.cache(), kind, reference.repository());
          if (settings.offline()) {
            return cache
                .commit(reference.revision())
                .map(cache::snapshot)
                .filter(Files::isDirectory)
                .orElseThrow(() -> offline(reference));
          }
          Contents contents = contents(kind, reference, cache);
          HubReference pinned = reference.at(contents.commit());
          List<String> names = contents.files().stream().filter(wanted).sorted().toList();
          if (names.isEmpty()) {
            throw new InputException(reference + ": the repository has none of the required files");
          }
          for (String name : names) {
            download(cache, kind, pinned, name);
          }
          return cache.snapshot(contents.commit());
        });
  }

  private Contents contents(Kind kind, HubReference reference, HubCache cache) throws IOException {
    if (settings.offline()) {
      throw offline(reference);
    }
    Contents contents = again(reference.toString(), () -> client.contents(kind, reference));
    cache.keepCommit(reference.revision(), contents.commit());
    return contents;
  }

  private static InputException offline(HubReference reference) {
    return new InputException(
        reference + ": not in the cache, and HF_HUB_OFFLINE forbids downloads");
  }

  private static boolean isCommit(HubReference reference) {
    return HubCache.COMMIT.matcher(reference.revision()).matches();
  }

  private Path download(HubCache cache, Kind kind, HubReference pinned, String name)
      throws IOException {
    Path file = cache.file(pinned.revision(), name);
    if (Files.isRegularFile(file)) {
      return file;
    }
    Metadata metadata = again(name, () -> client.metadata(kind, pinned, name));
    Path lock = cache.lock(metadata.hash());
    Files.createDirectories(lock.getParent());
    Files.createDirectories(cache.blob(metadata.hash()).getParent());
    try (FileLocks turn =
        turn(lock, cache.incomplete(metadata.hash()), metadata, told(pinned, name))) {
      if (!Files.isRegularFile(cache.blob(metadata.hash()))) {
        receive(cache, metadata, kind, pinned, name);
      }
    }
    cache.link(pinned.revision(), name, metadata.hash());
    return file;
  }

  /** As progress shows it: several repositories have files of the same name. */
  private static String told(HubReference pinned, String name) {
    return pinned.repository() + "/" + name;
  }

  private void receive(
      HubCache cache, Metadata metadata, Kind kind, HubReference pinned, String name)
      throws IOException {
    Path incomplete = cache.incomplete(metadata.hash());
    try (FileChannel channel =
        FileChannel.open(
            incomplete,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      again(name, () -> append(channel, metadata, kind, pinned, name));
      check(incomplete, metadata, pinned, name);
      channel.force(true);
      Files.move(incomplete, cache.blob(metadata.hash()), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /**
   * Waits while another process, or another thread of this one, receives the file, and tells how
   * far that is: never that all is there, since what has arrived is still to be checked.
   */
  private FileLocks turn(Path lock, Path incomplete, Metadata metadata, String told)
      throws IOException {
    while (true) {
      Optional<FileLocks> turn = FileLocks.tryTake(lock);
      if (turn.isPresent()) {
        return turn.get();
      }
      long there = Files.exists(incomplete) ? incomplete.toFile().length() : 0;
      long most = Math.max(0, metadata.size() - 1);
      progress.received(told, Math.min(there, most), metadata.size());
      try {
        Thread.sleep(TURN.toMillis());
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  /** Appends what is missing to what is there. */
  private Void append(
      FileChannel channel, Metadata metadata, Kind kind, HubReference pinned, String name)
      throws IOException {
    long there = Math.min(channel.size(), metadata.size());
    if (there == metadata.size()) {
      channel.truncate(there);
      return null;
    }
    Body body = client.body(kind, pinned, name, there);
    channel.truncate(body.from());
    channel.position(body.from());
    try (InputStream bytes = body.bytes()) {
      byte[] buffer = new byte[BUFFER];
      long received = body.from();
      for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
        ByteBuffer part = ByteBuffer.wrap(buffer, 0, count);
        while (part.hasRemaining()) {
          channel.write(part);
        }
        received += count;
        if (received > metadata.size()) {
          channel.truncate(0);
          throw new IOException("the server sends more than the " + metadata.size() + " bytes");
        }
        progress.received(told(pinned, name), received, metadata.size());
      }
      if (received < metadata.size()) {
        throw new IOException("the connection ended after " + received + " bytes");
      }
    }
    return null;
  }

  private static void check(Path file, Metadata metadata, HubReference pinned, String name)
      throws IOException {
    String found =
        metadata.hash().length() == 64 ? Sha256.of(file) : GitHash.of(file, Files.size(file));
    if (!found.equals(metadata.hash())) {
      Files.deleteIfExists(file);
      throw new IOException(
          pinned.repository()
              + "/"
              + name
              + ": the downloaded file has hash "
              + found
              + ", but the hub says "
              + metadata.hash()
              + "; it was removed");
    }
  }

  /** Work that the network may break off. */
  private interface Attempt<T> {
    T make() throws IOException;
  }

  private <T> T again(String what, Attempt<T> work) throws IOException {
    try {
      return Retries.call(
          retrying,
          context -> {
            if (context.isRetry()) {
              progress.waiting(what);
            }
            return work.make();
          });
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (IOException e) {
      throw new IOException(
          what + ": failed " + ATTEMPTS + " times, the last time: " + e.getMessage(), e);
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("interrupted while downloading", e);
  }

  private <T> T told(HubReference reference, Attempt<T> work) {
    try {
      return work.make();
    } catch (IOException e) {
      throw new UncheckedIOException(
          reference + " can't be downloaded from " + settings.endpoint() + ": " + e.getMessage(),
          e);
    }
  }
}
