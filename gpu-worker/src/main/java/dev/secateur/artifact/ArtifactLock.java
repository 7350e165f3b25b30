package dev.secateur.artifact;

import dev.secateur.checkpoint.FileLocks;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes workers of one work folder take turns when several need the same artifact: the first
 * fetches it, the others find it. The empty lock file is kept.
 */
final class ArtifactLock implements AutoCloseable {
  private static final long PAUSE_MILLIS = 200;

  private final FileLocks turn;

  private ArtifactLock(FileLocks turn) {
    this.turn = turn;
  }

  /**
   * Waits for the turn.
   *
   * @param waiting told between attempts; may throw to give up
   */
  static ArtifactLock take(Path root, StageKey key, Runnable waiting) throws IOException {
    while (true) {
      Optional<ArtifactLock> taken = tryTake(root, key);
      if (taken.isPresent()) {
        return taken.get();
      }
      waiting.run();
      pause();
    }
  }

  /** The turn, where nobody has it. */
  static Optional<ArtifactLock> tryTake(Path root, StageKey key) throws IOException {
    return FileLocks.tryTake(root.resolve(".lock-" + key.value())).map(ArtifactLock::new);
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
    turn.close();
  }
}
