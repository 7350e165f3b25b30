package dev.secateur.text;

import dev.secateur.input.BoundedFile;
import dev.secateur.protocol.InputException;

/** How much the cells of a Parquet file may hold, of all rows together and each alone. */
final class CellBudget {
  /** What a cell takes besides its text, in bytes. */
  private static final long CELL = 8;

  private final long most;
  private long left;

  /**
   * @param fileSize the size of the file, in bytes
   */
  CellBudget(long fileSize) {
    this.most = BoundedFile.expanded(fileSize);
    this.left = most;
  }

  /**
   * Counts a cell.
   *
   * @param bytes of its text
   * @throws InputException when it is too large, or all cells together are
   */
  void spend(long bytes) {
    if (bytes > RowFile.LARGEST_ROW) {
      throw new InputException(RowFile.TOO_LARGE);
    }
    left -= CELL + bytes;
    if (left < 0) {
      throw new InputException(
          "the file holds more than " + (most >> 20) + " MiB, too much for a file of its size");
    }
  }
}
