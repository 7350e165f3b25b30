package dev.secateur.artifact;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.secateur.artifact.StoreContents.Entry;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The artifacts in a worker's own folder, and the removal of those that are not in use. Blocks. */
public final class KeptArtifacts {
  private final ArtifactStore store;
  private final StoreContents contents;

  /**
   * An artifact in the folder.
   *
   * @param unused since when, by the worker's clock
   * @param inUse whether some task may work with it, which keeps it from being removed
   */
  public record Kept(StageKey key, long bytes, Duration unused, boolean inUse) {}

  /**
   * @param keys of the artifacts that went
   * @param problem why some did not that nobody works with; empty if all did
   */
  public record Gone(
      Set<StageKey> keys, @JsonInclude(JsonInclude.Include.NON_EMPTY) String problem) {
    public Gone {
      problem = problem == null ? "" : problem;
    }
  }

  public KeptArtifacts(ArtifactStore store) {
    this.store = store;
    this.contents = new StoreContents(store.root());
  }

  /** The same for all workers of the folder. */
  public String folder() throws IOException {
    return FolderIdentity.of(store.root());
  }

  /** All of them, by their keys. */
  public List<Kept> all(Instant now) throws IOException {
    return StoreContents.artifacts(contents.entries()).stream()
        .map(artifact -> kept(artifact, now))
        .sorted(Comparator.comparing(kept -> kept.key().value()))
        .toList();
  }

  private static Kept kept(Entry.Artifact artifact, Instant now) {
    Duration unused = Duration.between(artifact.used(), now);
    return new Kept(
        artifact.key(),
        artifact.bytes(),
        unused.isNegative() ? Duration.ZERO : unused,
        unused.compareTo(Touching.WORKED_WITH) <= 0);
  }

  /**
   * Removes artifacts, but for those that were used since, that a task may work with, or that a
   * worker is about to bring here.
   *
   * @param unused how long at least
   */
  public Gone remove(Set<StageKey> keys, Duration unused, Instant now) {
    Duration least = unused.compareTo(Touching.WORKED_WITH) > 0 ? unused : Touching.WORKED_WITH;
    Set<StageKey> gone = new HashSet<>();
    List<String> problems = new ArrayList<>();
    for (StageKey key : keys) {
      try {
        if (contents.removeUnused(key, now.minus(least))) {
          gone.add(key);
        }
      } catch (IOException | UncheckedIOException e) {
        problems.add("artifact " + key.brief() + ": " + FailureReason.of(e));
      }
    }
    return new Gone(gone, String.join("; ", problems));
  }
}
