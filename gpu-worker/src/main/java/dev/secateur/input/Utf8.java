package dev.secateur.input;

import dev.secateur.protocol.InputException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Bytes as UTF-8 text; invalid bytes are never replaced silently. */
public final class Utf8 {
  private static final int CHARACTERS_AT_ONCE = 8192;

  private Utf8() {}

  /**
   * The text of the bytes.
   *
   * @param file what errors call the file
   * @param firstLine the number of the line that the bytes begin with
   * @throws InputException naming file and line where the bytes are not UTF-8
   */
  public static String text(byte[] bytes, String file, long firstLine) {
    int wrong = firstWrong(bytes);
    if (wrong >= 0) {
      long line = firstLine;
      int start = 0;
      for (int i = 0; i < wrong; i++) {
        if (bytes[i] == '\n') {
          line++;
          start = i + 1;
        }
      }
      throw new InputException(
          String.format(
              "%s:%d: is not UTF-8 text (byte 0x%02x, the line's %dth); convert it, for example with"
                  + " iconv -f ISO-8859-1 -t UTF-8",
              file, line, bytes[wrong] & 0xff, wrong - start + 1));
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Whether the bytes are UTF-8. */
  public static boolean isText(byte[] bytes) {
    return firstWrong(bytes) < 0;
  }

  /** The place of the first byte that no UTF-8 text has there; negative where there is none. */
  private static int firstWrong(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    CharBuffer characters = CharBuffer.allocate(CHARACTERS_AT_ONCE);
    CoderResult result = CoderResult.OVERFLOW;
    while (result.isOverflow()) {
      characters.clear();
      result = decoder.decode(rest, characters, true);
    }
    return result.isError() ? rest.position() : -1;
  }
}
