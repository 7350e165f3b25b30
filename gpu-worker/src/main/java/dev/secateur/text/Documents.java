package dev.secateur.text;

import java.util.List;
import java.util.stream.LongStream;

/** Rows of text as one long document of tokens. */
public final class Documents {
  private static final int ROWS_AT_ONCE = 4096;

  private Documents() {}

  /**
   * The rows joined by blank lines and encoded, with one begin-of-document token at the very start.
   */
  public static long[] tokens(List<String> rows, Tokenizer tokenizer) {
    LongStream all =
        tokenizer.bos().isPresent()
            ? LongStream.of(tokenizer.bos().getAsLong())
            : LongStream.empty();
    for (int i = 0; i < rows.size(); i += ROWS_AT_ONCE) {
      List<String> part = rows.subList(i, Math.min(rows.size(), i + ROWS_AT_ONCE));
      // A blank line is a word of its own to the tokenizers, so that parts may be encoded apart.
      String text = (i == 0 ? "" : "\n\n") + String.join("\n\n", part);
      all = LongStream.concat(all, LongStream.of(tokenizer.encode(text)));
    }
    return all.toArray();
  }
}
