package dev.secateur.artifact;

import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Workers of one work folder take turns at an artifact that more than one of them wants: the first
 * brings it, the others find it. A file that is left behind by a killed process locks nothing.
 */
final class ArtifactLock implements AutoCloseable {
  private static final long PAUSE_MILLIS = 200;

  private final Path file;
  private final FileChannel channel;

  private ArtifactLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Waits for the turn.
   *
   * @param waiting told between attempts; may throw to give up
   */
  static ArtifactLock take(Path root, StageKey key, Runnable waiting) throws IOException {
    Path file = root.resolve(".lock-" + key.value());
    while (true) {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (isLocked(channel)) {
        return new ArtifactLock(file, channel);
      }
      channel.close();
      waiting.run();
      pause();
    }
  }

  /** By this channel; a lock that another thread of this process has is reported by exception. */
  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    channel.close();
  }
}
