package dev.secateur.hub;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One repository in the hub's cache: {@code blobs} named by their hashes, {@code snapshots} of
 * commits whose files are links to blobs, {@code refs} from branches to commits.
 */
final class HubCache {
  static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  private final Path folder;

  HubCache(Path cache, HubClient.Kind kind, String repository) {
    this.folder = cache.resolve(kind.plural() + "--" + repository.replace("/", "--"));
  }

  /** The commit that a revision last stood for here. */
  Optional<String> commit(String revision) throws IOException {
    if (COMMIT.matcher(revision).matches()) {
      return Optional.of(revision);
    }
    Path ref = inside(folder.resolve("refs"), revision);
    return Files.isRegularFile(ref)
        ? Optional.of(Files.readString(ref).strip()).filter(id -> COMMIT.matcher(id).matches())
        : Optional.empty();
  }

  void keepCommit(String revision, String commit) throws IOException {
    if (!revision.equals(commit)) {
      AtomicFile.write(inside(folder.resolve("refs"), revision), commit);
    }
  }

  Path snapshot(String commit) {
    return folder.resolve("snapshots").resolve(commit);
  }

  /** Where a snapshot has a file, whether it is there or not. */
  Path file(String commit, String name) {
    return inside(snapshot(commit), name);
  }

  Path blob(String hash) {
    return inside(folder.resolve("blobs"), hash);
  }

  /** What is written while a blob is not whole. */
  Path incomplete(String hash) {
    return inside(folder.resolve("blobs"), hash + ".incomplete");
  }

  /**
   * What is locked while a blob is received; it stays, since processes that wait for it have it
   * open. The hub's own tool has its locks in the same place, but of another kind of the system's:
   * it and Secateur don't wait for each other.
   */
  Path lock(String hash) {
    Path locks = folder.resolveSibling(".locks").resolve(folder.getFileName());
    return inside(locks, hash + ".lock");
  }

  /** Lets a snapshot's file be a blob. */
  void link(String commit, String name, String hash) throws IOException {
    Path link = file(commit, name);
    Files.createDirectories(link.getParent());
    try {
      Files.createSymbolicLink(link, link.getParent().relativize(blob(hash)));
    } catch (FileAlreadyExistsException e) {
      // another process was as fast; a snapshot's files never change
    }
  }

  /** A name that the hub gives must not lead out of its folder. */
  private static Path inside(Path folder, String name) {
    Path path = folder.resolve(name).normalize();
    if (!path.startsWith(folder.normalize()) || path.equals(folder.normalize())) {
      throw new InputException("the hub names a file '" + name + "' that lies outside its folder");
    }
    return path;
  }
}
