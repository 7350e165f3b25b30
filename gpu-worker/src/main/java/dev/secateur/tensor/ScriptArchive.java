package dev.secateur.tensor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Assembles a TorchScript archive in memory: a stored zip with the code, a pickled module without
 * attributes and an empty table of constants. No Python is involved.
 */
final class ScriptArchive {
  private ScriptArchive() {}

  /**
   * @param className the module class that {@code code} defines
   * @param code TorchScript in its serialised form
   */
  static byte[] of(String className, String code) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "m/data.pkl", pickledModule(className));
      store(zip, "m/code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
      store(zip, "m/constants.pkl", latin1("\u0080\u0002)."));
      store(zip, "m/version", latin1("10\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Pickle, protocol 2: an object of the class whose state is {@code {"training": False}}. */
  private static byte[] pickledModule(String className) {
    return latin1(
        "\u0080\u0002c__torch__\n"
            + className
            + "\nq\0)\u0081}(X\u0008\0\0\0trainingq\1\u0089ubq\2.");
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
