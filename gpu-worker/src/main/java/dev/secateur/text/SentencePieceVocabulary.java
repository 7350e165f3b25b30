package dev.secateur.text;

import ai.djl.sentencepiece.SpTokenizer;
import dev.secateur.protocol.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * A SentencePiece model: the tokenizers of LLaMA 1 and 2, Vicuna and Baichuan. Ids come from the
 * library; text is put together from the pieces here, since the library's binding breaks characters
 * beyond the basic plane and ends at a zero byte.
 */
final class SentencePieceVocabulary implements Vocabulary {
  private static final char SPACE = '\u2581';

  private final SpTokenizer tokenizer;
  private final SentencePieces pieces;

  private SentencePieceVocabulary(SpTokenizer tokenizer, SentencePieces pieces) {
    this.tokenizer = tokenizer;
    this.pieces = pieces;
  }

  static SentencePieceVocabulary open(Path file) throws IOException {
    SentencePieces pieces = SentencePieces.read(file);
    return new SentencePieceVocabulary(new SpTokenizer(file), pieces);
  }

  @Override
  public long[] encode(String text) {
    return Arrays.stream(tokenizer.getProcessor().encode(text)).asLongStream().toArray();
  }

  @Override
  public long largest() {
    return pieces.pieces().size() - 1L;
  }

  @Override
  public String decode(long[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (long id : ids) {
      if (id < 0 || id >= pieces.pieces().size()) {
        throw new InputException("token " + id + " is not one of " + pieces.pieces().size());
      }
      bytes.writeBytes(bytes(pieces.pieces().get((int) id)));
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    return pieces.spaceFirst() && text.startsWith(" ") ? text.substring(1) : text;
  }

  @Override
  public String piece(long id) {
    return pieces.pieces().get((int) id).text();
  }

  @Override
  public OptionalLong id(String piece) {
    return IntStream.range(0, pieces.pieces().size())
        .filter(i -> pieces.pieces().get(i).text().equals(piece))
        .asLongStream()
        .findFirst();
  }

  private static byte[] bytes(SentencePieces.Piece piece) {
    return switch (piece.type()) {
      case CONTROL, UNUSED -> new byte[0];
      case UNKNOWN -> " \u2047 ".getBytes(StandardCharsets.UTF_8);
      case BYTE -> new byte[] {(byte) Integer.parseInt(piece.text().substring(3, 5), 16)};
      default -> piece.text().replace(SPACE, ' ').getBytes(StandardCharsets.UTF_8);
    };
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
