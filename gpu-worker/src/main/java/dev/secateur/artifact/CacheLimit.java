package dev.secateur.artifact;

import dev.secateur.artifact.StoreContents.Entry;
import dev.secateur.protocol.FailureReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a worker's folder of artifacts, which is a cache of the coordinator's, within a size: it
 * removes those used longest ago first, but none that a task uses, and none that the coordinator
 * does not have.
 */
public final class CacheLimit {
  /**
   * In a folder that is a coordinator's own store, which workers of the same work folder must leave
   * as it is.
   */
  public static final String STORE = ".store";

  private static final Logger LOG = LoggerFactory.getLogger(CacheLimit.class);

  private final Path root;
  private final Most most;

  /** How much is kept. */
  @FunctionalInterface
  public interface Most {
    long in(Path folder) throws IOException;

    static Most bytes(long bytes) {
      return folder -> bytes;
    }

    /** A share of the folder's disk. */
    static Most percent(int percent) {
      return folder -> Files.getFileStore(folder).getTotalSpace() / 100 * percent;
    }
  }

  /** Asks whether the coordinator has an artifact, the very same; which is no use of it. */
  @FunctionalInterface
  public interface Stored {
    boolean has(Entry.Artifact artifact) throws IOException;
  }

  public CacheLimit(Path root, Most most) {
    this.root = root;
    this.most = most;
  }

  /**
   * Brings the folder within its size, as far as that is possible now.
   *
   * @return what went
   */
  public List<Entry.Artifact> apply(Stored stored, Instant now) {
    List<Entry.Artifact> gone = new ArrayList<>();
    if (Files.exists(root.resolve(STORE))) {
      return gone;
    }
    try {
      StoreContents contents = new StoreContents(root);
      List<Entry> entries = contents.entries();
      Instant since = now.minus(Touching.WORKED_WITH);
      long above = entries.stream().mapToLong(Entry::bytes).sum() - most.in(root);
      for (Entry.Artifact artifact : unused(entries, since)) {
        if (above > 0 && stored.has(artifact) && contents.removeUnused(artifact.key(), since)) {
          above -= artifact.bytes();
          gone.add(artifact);
        }
      }
    } catch (IOException e) {
      LOG.warn("{}: its size could not be brought below the limit: {}", root, FailureReason.of(e));
    }
    return gone;
  }

  /** The artifacts that nobody works with, the longest unused first. */
  private static List<Entry.Artifact> unused(List<Entry> entries, Instant since) {
    return StoreContents.artifacts(entries).stream()
        .filter(artifact -> artifact.used().isBefore(since))
        .sorted(Comparator.comparing(Entry::used))
        .toList();
  }
}
