package dev.secateur.text;

import java.util.List;
import java.util.OptionalLong;

/** Text to token ids and back, with no token added, none left out and nothing cut. */
interface Vocabulary extends AutoCloseable {
  /** The largest file that says what a vocabulary is, in bytes. */
  long LARGEST_FILE = 64L << 20;

  long[] encode(String text);

  /** The largest id that a text may be given. */
  long largest();

  default List<long[]> encode(List<String> texts) {
    return texts.stream().map(this::encode).toList();
  }

  /** The text of the ids, special tokens left out. */
  String decode(long[] ids);

  /** What a token is called, a special one too. */
  String piece(long id);

  /** The id of the token that is called so. */
  OptionalLong id(String piece);

  @Override
  void close();
}
