package dev.secateur.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Mutual exclusion between processes, and between threads of one process, by the lock on a file.
 * The file is kept, since a waiting process may have it open; a file that a killed process leaves
 * behind locks nothing.
 *
 * <p>The system's locks belong to a process, which loses its lock on a file when it closes any
 * channel to that file. So no thread opens the file while another thread holds the lock.
 */
public final class FileLocks implements AutoCloseable {
  /** The turns of this process, as its system's locks are. */
  private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private FileLocks(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * The turn, where nobody has it.
   *
   * @param file made where it is missing, in a folder that is there
   */
  public static Optional<FileLocks> tryTake(Path file) throws IOException {
    Path known = file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
    if (!TAKEN.add(known)) {
      return Optional.empty();
    }
    boolean taken = false;
    FileChannel channel = null;
    try {
      channel = FileChannel.open(known, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      taken = channel.tryLock() != null;
      return taken ? Optional.of(new FileLocks(known, channel)) : Optional.empty();
    } finally {
      if (!taken) {
        release(known, channel);
      }
    }
  }

  /** The channel is closed before another thread may open the file. */
  private static void release(Path file, FileChannel channel) throws IOException {
    try {
      if (channel != null) {
        channel.close();
      }
    } finally {
      TAKEN.remove(file);
    }
  }

  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      release(file, channel);
    }
  }
}
