package dev.secateur.natives;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** One installation at a time in a work folder. */
final class NativesLock implements AutoCloseable {
  static final String NAME = ".lock";

  private final FileChannel channel;

  private NativesLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * @throws InputException when another process holds it
   */
  static NativesLock of(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new NativesLock(channel);
      }
    } catch (OverlappingFileLockException e) {
      // told below
    }
    channel.close();
    throw new InputException(folder + ": another 'secateur natives install' is running");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
