package dev.secateur.text;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.protocol.InputException;
import java.util.Arrays;

/** Rows of token ids from a safetensors file, under {@code input_ids}. */
public final class TokenRows {
  private static final String NAME = "input_ids";

  private TokenRows() {}

  /**
   * @param name what errors call the file
   * @param vocabulary the number of tokens that there are
   * @return (rows, tokens)
   * @throws InputException when the tensor is missing, of another shape, or an id is no token
   */
  public static long[][] read(SafetensorsFile file, String name, long vocabulary) {
    long[] shape = file.tensor(NAME).shape();
    if (shape.length != 2 || shape[0] < 1 || shape[1] < 2) {
      throw new InputException(
          name
              + ": '"
              + NAME
              + "' has shape "
              + Arrays.toString(shape)
              + "; it must be rows of at least two tokens");
    }
    long[] flat = file.integers(NAME);
    int tokens = (int) shape[1];
    for (int i = 0; i < flat.length; i++) {
      if (flat[i] < 0 || flat[i] >= vocabulary) {
        throw new InputException(
            String.format(
                "%s: '%s' has %d at row %d, token %d, outside the model's vocabulary of %d tokens"
                    + " ('vocab_size')",
                name, NAME, flat[i], i / tokens + 1, i % tokens + 1, vocabulary));
      }
    }
    long[][] rows = new long[(int) shape[0]][];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = Arrays.copyOfRange(flat, row * tokens, (row + 1) * tokens);
    }
    return rows;
  }
}
