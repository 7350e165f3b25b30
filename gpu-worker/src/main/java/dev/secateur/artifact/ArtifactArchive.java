package dev.secateur.artifact;

import dev.secateur.protocol.InputException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * An artifact's folder as one stream of bytes: a zip archive, not compressed, since tensors hardly
 * are.
 */
final class ArtifactArchive {
  private ArtifactArchive() {}

  /** Writes the files of a folder. */
  static void write(Path folder, List<Path> files, OutputStream into) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(into, 1 << 16));
    zip.setLevel(Deflater.NO_COMPRESSION);
    for (Path file : files) {
      zip.putNextEntry(new ZipEntry(folder.relativize(file).toString()));
      Files.copy(file, zip);
      zip.closeEntry();
    }
    zip.finish();
    zip.flush();
  }

  /**
   * Reads files into an empty folder, and nowhere else.
   *
   * @throws InputException when it is no archive, or a name leads out of the folder
   */
  static void read(InputStream from, Path folder) throws IOException {
    try {
      ZipInputStream zip = new ZipInputStream(new BufferedInputStream(from, 1 << 16));
      int files = 0;
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = folder.resolve(entry.getName()).normalize();
        if (entry.isDirectory() || !file.startsWith(folder) || file.equals(folder)) {
          throw new InputException("'" + entry.getName() + "' is not a file of an artifact");
        }
        Files.createDirectories(file.getParent());
        Files.copy(zip, file);
        files++;
      }
      if (files == 0) {
        throw new InputException("not an archive of an artifact");
      }
    } catch (ZipException e) {
      throw new InputException("not an archive of an artifact: " + e.getMessage(), e);
    }
  }
}
