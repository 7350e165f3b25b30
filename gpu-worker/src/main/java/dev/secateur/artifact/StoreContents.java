package dev.secateur.artifact;

import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The contents of a folder of artifacts, by names, sizes and times only: artifacts and leftovers.
 * Other processes may write there meanwhile.
 */
public final class StoreContents {
  private static final Pattern KEY = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern STATE =
      Pattern.compile("\\.state-([0-9a-f]{40})\\.safetensors(\\.kept)?");
  private static final Pattern PART = Pattern.compile("\\.part-.*|\\.probe.*|\\..*\\.part");

  /** What lies in the folder. */
  public sealed interface Entry {
    Path path();

    long bytes();

    /** When it was last read or written. */
    Instant used();

    /** An artifact. */
    record Artifact(StageKey key, Path path, long bytes, Instant used) implements Entry {}

    /** What is left where its stage does not end. */
    sealed interface Left extends Entry {}

    /** How far a training is; its stage resumes from it. */
    record State(StageKey key, Path path, long bytes, Instant used) implements Left {}

    /** What was being written; touched while it is. */
    record Part(Path path, long bytes, Instant used) implements Left {}
  }

  private final Path root;

  public StoreContents(Path root) {
    this.root = root;
  }

  /** Everything, in no order; nothing where there is no such folder. */
  public List<Entry> entries() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> listed = Files.list(root)) {
      for (Path path : (Iterable<Path>) listed::iterator) {
        entry(path).ifPresent(entries::add);
      }
    }
    return entries;
  }

  /** The artifacts among entries. */
  public static List<Entry.Artifact> artifacts(List<Entry> entries) {
    return of(Entry.Artifact.class, entries);
  }

  /** Those among entries that are no artifacts. */
  public static List<Entry.Left> left(List<Entry> entries) {
    return of(Entry.Left.class, entries);
  }

  private static <E extends Entry> List<E> of(Class<E> sort, List<Entry> entries) {
    return entries.stream().filter(sort::isInstance).map(sort::cast).toList();
  }

  /** The artifact of a stage. */
  Optional<Entry.Artifact> artifact(StageKey key) throws IOException {
    return entry(root.resolve(key.value())).map(Entry.Artifact.class::cast);
  }

  private static Optional<Entry> entry(Path path) throws IOException {
    String name = path.getFileName().toString();
    Matcher state = STATE.matcher(name);
    try {
      if (KEY.matcher(name).matches() && Files.isDirectory(path)) {
        Path manifest = path.resolve(ArtifactStore.MANIFEST);
        Instant used = modified(Files.exists(manifest) ? manifest : path);
        return Optional.of(new Entry.Artifact(new StageKey(name), path, bytes(path), used));
      } else if (state.matches()) {
        FileTree.Extent extent = FileTree.extent(path);
        StageKey key = new StageKey(state.group(1));
        return Optional.of(new Entry.State(key, path, extent.bytes(), extent.modified()));
      } else if (PART.matcher(name).matches()) {
        FileTree.Extent extent = FileTree.extent(path);
        return Optional.of(new Entry.Part(path, extent.bytes(), extent.modified()));
      }
    } catch (NoSuchFileException e) {
      // renamed or deleted meanwhile
    }
    return Optional.empty();
  }

  /**
   * Deletes an entry. An artifact goes under another name first, so that nobody finds half of one.
   */
  public void remove(Entry entry) throws IOException {
    Path path = entry.path();
    if (entry instanceof Entry.Artifact) {
      path = root.resolve(".part-" + UUID.randomUUID());
      try {
        Files.move(entry.path(), path, StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException e) {
        return; // somebody else was faster
      }
    }
    delete(path);
  }

  /**
   * Deletes the artifact of a stage, unless it was used since, or a worker is about to bring it or
   * to remove it.
   *
   * @return whether it went
   */
  boolean removeUnused(StageKey key, Instant since) throws IOException {
    Optional<ArtifactLock> turn = ArtifactLock.tryTake(root, key);
    if (turn.isEmpty()) {
      return false;
    }
    try (ArtifactLock taken = turn.get()) {
      Optional<Entry.Artifact> artifact = artifact(key);
      return artifact.isPresent() && removeUnused(artifact.get(), since);
    }
  }

  /**
   * Deletes an artifact that was not used since; one that somebody begins to use at this moment is
   * put back.
   *
   * @return whether it went
   */
  public boolean removeUnused(Entry.Artifact artifact, Instant since) throws IOException {
    if (artifact.used().isAfter(since)) {
      return false;
    }
    Path aside = root.resolve(".part-" + UUID.randomUUID());
    try {
      Files.move(artifact.path(), aside, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return false; // somebody else was faster
    }
    Path manifest = aside.resolve(ArtifactStore.MANIFEST);
    if (Files.exists(manifest)
        && modified(manifest).isAfter(since)
        && !Files.exists(artifact.path())) {
      Files.move(aside, artifact.path(), StandardCopyOption.ATOMIC_MOVE);
      return false;
    }
    delete(aside);
    return true;
  }

  /**
   * Deletes a state, or what was being written, unless somebody has worked with it since.
   *
   * @return whether it went
   */
  public boolean removeLeft(Entry.Left left, Instant since) throws IOException {
    Optional<Entry> now = entry(left.path());
    if (now.isEmpty() || now.get().used().isAfter(since)) {
      return false;
    }
    delete(left.path());
    return true;
  }

  static void delete(Path folder) throws IOException {
    FileTree.delete(folder);
  }

  /**
   * The bytes of a file, or of all files below a folder; those that go meanwhile, or are another's,
   * count nothing.
   *
   * @throws NoSuchFileException when there is none
   */
  public static long bytes(Path path) throws IOException {
    return FileTree.extent(path).bytes();
  }

  private static Instant modified(Path path) throws IOException {
    return Files.getLastModifiedTime(path).toInstant();
  }
}
