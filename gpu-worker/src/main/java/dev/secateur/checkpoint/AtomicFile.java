package dev.secateur.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * Writes a file under a temporary name, forces it to disk and renames it, so that it is never seen
 * half-written.
 */
public final class AtomicFile {
  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private AtomicFile() {}

  /** Writes to the channel that it is given. */
  @FunctionalInterface
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * @throws IOException when anything fails; {@code target} is then as it was and nothing else is
   *     left behind
   */
  public static void write(Path target, Content content) throws IOException {
    write(target, content, new FileAttribute<?>[0]);
  }

  /**
   * Writes a file that only its owner may read or write, and nobody else at any time before.
   *
   * @throws IOException as {@link #write(Path, Content)}
   */
  public static void writeSecret(Path target, Content content) throws IOException {
    write(target, content, OWNER_ONLY);
  }

  /** The same of bytes. */
  public static void writeSecret(Path target, byte[] bytes) throws IOException {
    writeSecret(target, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  private static void write(Path target, Content content, FileAttribute<?>... attributes)
      throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path temporary = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (FileChannel channel = FileChannel.open(temporary, NEW, attributes)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw named(target, e);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** What a channel throws says what happened, such as a full disk, but not to which file. */
  private static IOException named(Path target, IOException e) {
    if (e.getClass() != IOException.class) {
      return e;
    }
    IOException named = new FileSystemException(target.toString(), null, e.getMessage());
    named.initCause(e);
    return named;
  }

  /** Writes bytes as a whole file. */
  public static void write(Path target, byte[] bytes) throws IOException {
    write(target, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  /** Writes UTF-8 text as a whole file. */
  public static void write(Path target, String text) throws IOException {
    write(target, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes all that remains in the buffer. */
  public static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
