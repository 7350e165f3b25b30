package dev.secateur.coordinator.config;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The text of a configuration. */
public final class ConfigurationText {
  private ConfigurationText() {}

  /**
   * @throws InputException when the file can't be read, is larger than a configuration may be, or
   *     is not UTF-8
   */
  public static String read(Path file) {
    int most = Limits.DEFAULT.bytes();
    try (InputStream content = Files.newInputStream(file)) {
      byte[] bytes = content.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new InputException(
            file + ": larger than " + most + " bytes, the maximum size of a configuration");
      }
      return of(bytes, file.toString());
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  /**
   * Whether a text is within the limits of configurations, and none of its values cut by a comment;
   * HOCON itself is not to be given others.
   *
   * @param name what errors call it
   * @throws InputException when it is not
   */
  public static void check(String text, String name) {
    Problems problems = new Problems(name);
    HoconScan.check(text, Limits.DEFAULT, problems);
    problems.throwIfAny();
  }

  /**
   * @param name what errors call it
   * @throws InputException when the bytes are not UTF-8
   */
  public static String of(byte[] bytes, String name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new InputException(name + ": is not text in UTF-8", e);
    }
  }
}
