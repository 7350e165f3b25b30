package dev.secateur.input;

import dev.secateur.protocol.InputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** The content of a file up to a limit, so that a small compressed file can't fill the memory. */
public final class BoundedFile {
  private static final long MIB = 1L << 20;

  /** What a compressed file may always hold, in bytes. */
  public static final long LARGEST_EXPANSION = 64 * MIB;

  /** How many times its own size a compressed file may hold; text is compressed 3 to 15 times. */
  public static final long MOST_EXPANSION = 100;

  private BoundedFile() {}

  /**
   * All bytes of a file.
   *
   * @param largest the most bytes that there may be
   * @throws InputException when the file is missing, can't be read or is larger
   */
  public static byte[] bytes(Path file, long largest) {
    try (InputStream content = Files.newInputStream(present(file))) {
      return bytes(content, file, largest);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * All bytes of a file, unpacked where its name ends with {@code .gz}.
   *
   * @param largest the most bytes that there may be, unpacked
   * @throws InputException when the file is missing, can't be read or is larger
   */
  public static byte[] unpacked(Path file, long largest) {
    try (InputStream content = open(file)) {
      return bytes(content, file, largest);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * A file's content, unpacked where its name ends with {@code .gz}; it ends with an error where it
   * is more than {@link #expanded} allows.
   *
   * @throws InputException when the file is missing
   */
  public static InputStream open(Path file) throws IOException {
    InputStream content = Files.newInputStream(present(file));
    if (!file.toString().endsWith(".gz")) {
      return content;
    }
    try {
      long most = expanded(Files.size(file));
      return new BoundedStream(
          new GZIPInputStream(new BufferedInputStream(content)),
          most,
          file + ": holds more than " + most / MIB + " MiB, too much for a file of its size");
    } catch (IOException | RuntimeException e) {
      content.close();
      throw e;
    }
  }

  /** The most bytes that a compressed file of this many bytes may hold. */
  public static long expanded(long bytes) {
    return Math.max(LARGEST_EXPANSION, MOST_EXPANSION * bytes);
  }

  /** What went wrong when a file was read, as one line that names it. */
  public static InputException unreadable(Path file, IOException e) {
    String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    if (e instanceof AccessDeniedException) {
      reason = "permission denied";
    } else if (e instanceof ZipException) {
      reason = "it is not gzip, or damaged (" + reason + ")";
    } else if (e instanceof EOFException) {
      reason = "it is truncated";
    }
    return new InputException(file + ": can't be read: " + reason, e);
  }

  private static Path present(Path file) {
    if (!Files.exists(file) || Files.isDirectory(file)) {
      throw new InputException(
          file + (Files.isDirectory(file) ? ": is a folder, not a file" : ": no such file"));
    }
    return file;
  }

  private static byte[] bytes(InputStream content, Path file, long largest) throws IOException {
    // The size of what is not a regular file is unknown until it is read.
    byte[] bytes = Files.size(file) > largest ? new byte[0] : content.readNBytes((int) largest + 1);
    if (Files.size(file) > largest || bytes.length > largest) {
      throw new InputException(
          file + ": is larger than the " + largest / MIB + " MiB allowed for such a file");
    }
    return bytes;
  }
}
