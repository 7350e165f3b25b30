package dev.secateur.text;

import dev.secateur.protocol.InputException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/** Rows of text as one long document of tokens. */
public final class Documents {
  private static final int ROWS_AT_ONCE = 4096;

  private Documents() {}

  /**
   * Windows that follow each other without overlap; the tail that fills none is dropped.
   *
   * @param most the largest number of them
   * @throws InputException when the document does not fill one
   */
  public static long[][] windows(long[] document, int length, int most) {
    int count = Math.min(document.length / length, most);
    if (count == 0) {
      throw new InputException(
          "the text has " + document.length + " tokens, too few for one window of " + length);
    }
    long[][] windows = new long[count][];
    for (int i = 0; i < count; i++) {
      windows[i] = Arrays.copyOfRange(document, i * length, (i + 1) * length);
    }
    return windows;
  }

  /** The rows joined by blank lines, with one begin-of-document token at the very start. */
  public static long[] tokens(List<String> rows, Tokenizer tokenizer) {
    return tokens(rows, tokenizer, tokenizer.bos(), Long.MAX_VALUE);
  }

  /**
   * The first {@code most} tokens of the rows joined by blank lines.
   *
   * @param begin the token at the very start, if there is one
   */
  public static long[] tokens(
      List<String> rows, Tokenizer tokenizer, OptionalLong begin, long most) {
    LongStream.Builder all = LongStream.builder();
    long count = 0;
    if (begin.isPresent()) {
      all.add(begin.getAsLong());
      count++;
    }
    for (int i = 0; i < rows.size() && count < most; i += ROWS_AT_ONCE) {
      List<String> part = rows.subList(i, Math.min(rows.size(), i + ROWS_AT_ONCE));
      // A blank line is a word of its own to the tokenizers, so that parts may be encoded apart.
      long[] ids = encoded(rows, i, part, tokenizer);
      LongStream.of(ids).forEach(all::add);
      count += ids.length;
    }
    return all.build().limit(most).toArray();
  }

  private static long[] encoded(
      List<String> rows, int first, List<String> part, Tokenizer tokenizer) {
    try {
      return tokenizer.encode((first == 0 ? "" : "\n\n") + String.join("\n\n", part));
    } catch (InputException e) {
      if (rows.size() > 1) {
        nameRow(first, part, tokenizer);
      }
      throw e;
    }
  }

  /** Finds the row that the tokenizer refuses. */
  private static void nameRow(int first, List<String> part, Tokenizer tokenizer) {
    for (int row = 0; row < part.size(); row++) {
      try {
        tokenizer.encode(part.get(row));
      } catch (InputException e) {
        throw new InputException("row " + (first + row + 1) + ": " + e.getMessage(), e);
      }
    }
  }
}
