package dev.secateur.actors.node;

import dev.secateur.artifact.StoreContents;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The event logs of the nodes of a work folder. A restarted node continues its log; a lock keeps
 * two nodes from sharing one.
 */
public final class LogClaims {
  private static final Pattern LOG = Pattern.compile("(node-.+)\\.jsonl(\\.\\d+)?");

  /** In a container each life of a node may have the same number. */
  private static final String OWN =
      ProcessHandle.current().pid() + " " + ProcessHandle.current().info().startInstant();

  private final Path folder;

  /**
   * @param folder of logs
   */
  public LogClaims(Path folder) {
    this.folder = folder;
  }

  /**
   * A log that is this node's until it is closed.
   *
   * @param file the log
   */
  public record Claim(Path file, Path owner, FileLock lock) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      Files.deleteIfExists(owner);
      lock.acquiredBy().close();
    }
  }

  /** A log that is there. */
  record Log(Path file, long bytes, Instant written) {}

  /** What the log of a node is called, but for a number where several nodes are alike. */
  public static String name(String role, Optional<String> worker) {
    String device =
        worker
            .map(name -> "-" + name.substring(name.lastIndexOf('/') + 1))
            .map(name -> name.replaceAll("[^A-Za-z0-9._-]", "_"))
            .orElse("");
    return "node-" + role + device;
  }

  /**
   * Takes the log of that name, or where a node has it the next one: {@code NAME-2} and so on.
   *
   * @throws IOException when the folder can't be written to
   */
  public Claim claim(String name) throws IOException {
    Files.createDirectories(folder);
    for (int number = 1; ; number++) {
      String numbered = number == 1 ? name : name + "-" + number;
      Optional<FileLock> lock = isOwn(numbered) ? Optional.empty() : lock(numbered);
      if (lock.isPresent()) {
        Files.writeString(owner(numbered), OWN);
        return new Claim(folder.resolve(numbered + ".jsonl"), owner(numbered), lock.get());
      }
    }
  }

  /** Logs of nodes that do not run, as far as that can be told. */
  List<Log> abandoned() throws IOException {
    List<Log> logs = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return logs;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Matcher log = LOG.matcher(file.getFileName().toString());
        if (log.matches() && isAbandoned(file, log.group(1))) {
          log(file).ifPresent(logs::add);
        }
      }
    }
    return logs;
  }

  private boolean isAbandoned(Path file, String name) {
    try {
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !isRunning(name);
    } catch (IOException e) {
      return false; // another's
    }
  }

  private static Optional<Log> log(Path file) throws IOException {
    try {
      return Optional.of(
          new Log(file, Files.size(file), Files.getLastModifiedTime(file).toInstant()));
    } catch (NoSuchFileException e) {
      return Optional.empty(); // removed meanwhile
    }
  }

  /** Where they are. */
  Path folder() {
    return folder;
  }

  /** Bytes of all. */
  long bytes() throws IOException {
    return Files.isDirectory(folder) ? StoreContents.bytes(folder) : 0;
  }

  private boolean isRunning(String name) throws IOException {
    if (isOwn(name)) {
      return true;
    } else if (!Files.exists(locked(name))) {
      return false;
    }
    Optional<FileLock> lock = lock(name);
    if (lock.isPresent()) {
      lock.get().acquiredBy().close();
    }
    return lock.isEmpty();
  }

  /** A process that closes a locked file, however it opened it, loses its lock. */
  private boolean isOwn(String name) throws IOException {
    return Files.exists(owner(name)) && Files.readString(owner(name)).equals(OWN);
  }

  private Optional<FileLock> lock(String name) throws IOException {
    FileChannel channel =
        FileChannel.open(locked(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(lock);
      }
    } catch (OverlappingFileLockException e) {
      // a node of this process has it
    }
    channel.close();
    return Optional.empty();
  }

  private Path locked(String name) {
    return folder.resolve("." + name + ".lock");
  }

  private Path owner(String name) {
    return folder.resolve("." + name + ".pid");
  }
}
