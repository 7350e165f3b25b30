package dev.secateur.checkpoint;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The free space on the disk of a file or folder. The folder itself may not exist on a full disk:
 * then its nearest existing parent is used.
 */
public final class DiskSpace {
  private DiskSpace() {}

  /**
   * The bytes that this user may still write there.
   *
   * @throws IOException when the disk can't be asked
   */
  public static long free(Path path) throws IOException {
    Path there = path.toAbsolutePath().normalize();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    return Files.getFileStore(there).getUsableSpace();
  }

  /**
   * Checks that this many bytes can be written there.
   *
   * @throws IOException that says what is needed and what is free
   */
  static void check(Path path, long needed) throws IOException {
    long free = free(path);
    if (needed > free) {
      throw new FileSystemException(
          path.toString(),
          null,
          String.format(
              Locale.ROOT,
              "needs %.2f GiB, but only %.2f GiB are free on its disk; choose another folder"
                  + " or free some space",
              needed / (double) (1 << 30),
              free / (double) (1 << 30)));
    }
  }
}
