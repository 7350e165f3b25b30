package dev.secateur.text;

import dev.secateur.input.BoundedFile;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The pieces of a SentencePiece model (arXiv 1808.06226), from its protocol buffer: field 1 holds
 * each piece's text (1), score (2) and type (3), field 3 how text is normalised, in which 3 says
 * whether a space is put before it.
 */
public record SentencePieces(List<Piece> pieces, boolean spaceFirst) {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /** What a piece is. */
  public enum Type {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  /**
   * @param score what is merged first scores highest
   */
  public record Piece(String text, float score, Type type) {}

  /** One field of a message: a number, or bytes. */
  private record Field(int number, long value, ByteBuffer bytes) {}

  /**
   * @throws InputException when the file is no SentencePiece model
   */
  public static SentencePieces read(Path file) throws IOException {
    List<Piece> pieces = new ArrayList<>();
    boolean spaceFirst = true;
    try {
      for (Field field :
          fields(ByteBuffer.wrap(BoundedFile.bytes(file, Vocabulary.LARGEST_FILE)))) {
        if (field.number == 1) {
          pieces.add(piece(field.bytes));
        } else if (field.number == 3) {
          spaceFirst = fields(field.bytes).stream().noneMatch(f -> f.number == 3 && f.value == 0);
        }
      }
    } catch (InputException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new InputException(file + ": not a SentencePiece model", e);
    }
    if (pieces.isEmpty()) {
      throw new InputException(file + ": not a SentencePiece model: it has no pieces");
    }
    return new SentencePieces(List.copyOf(pieces), spaceFirst);
  }

  private static Piece piece(ByteBuffer message) {
    String text = "";
    float score = 0;
    Type type = Type.NORMAL;
    for (Field field : fields(message)) {
      if (field.number == 1) {
        text = StandardCharsets.UTF_8.decode(field.bytes).toString();
      } else if (field.number == 2) {
        score = Float.intBitsToFloat((int) field.value);
      } else if (field.number == 3) {
        type = Type.values()[(int) field.value - 1];
      }
    }
    return new Piece(text, score, type);
  }

  private static List<Field> fields(ByteBuffer message) {
    List<Field> fields = new ArrayList<>();
    ByteBuffer rest = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    while (rest.hasRemaining()) {
      long tag = varint(rest);
      int number = (int) (tag >>> 3);
      switch ((int) (tag & 7)) {
        case VARINT -> fields.add(new Field(number, varint(rest), null));
        case FIXED64 -> fields.add(new Field(number, rest.getLong(), null));
        case FIXED32 -> fields.add(new Field(number, rest.getInt(), null));
        case BYTES -> {
          int length = Math.toIntExact(varint(rest));
          fields.add(new Field(number, 0, rest.slice(rest.position(), length)));
          rest.position(rest.position() + length);
        }
        default -> throw new IllegalArgumentException("no such wire type");
      }
    }
    return fields;
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number that does not end");
  }
}
