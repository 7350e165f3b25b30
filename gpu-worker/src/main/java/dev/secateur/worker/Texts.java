package dev.secateur.worker;

import dev.secateur.protocol.InputException;
import dev.secateur.protocol.TextRef;
import dev.secateur.text.Documents;
import dev.secateur.text.Instruction;
import dev.secateur.text.InstructionFile;
import dev.secateur.text.Split;
import dev.secateur.text.Tokenizer;
import dev.secateur.text.WordNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The texts that stages name, as tokens: the built-in glosses in the split that fits the use, or a
 * file.
 */
final class Texts {
  private Texts() {}

  /** A file, or the built-in text, as stages name it; not hashed. */
  static TextRef ref(Path file) {
    return new TextRef(file.toString(), "");
  }

  /** The first {@code most} tokens of a document, with one begin-of-document token at its start. */
  static long[] document(TextRef text, Split split, Tokenizer tokenizer, long most) {
    return Documents.tokens(
        builtIn(text) ? WordNet.texts(split) : List.of(content(text)), tokenizer, most);
  }

  /** Instruction rows for recovery. */
  static List<Instruction> instructions(TextRef data) {
    return builtIn(data)
        ? Instruction.wordNet(Split.TRAIN)
        : InstructionFile.read(Path.of(data.name()));
  }

  /**
   * Calibration samples: each starts at a random row, no two at the same, and goes on into the rows
   * that follow until it is long enough.
   *
   * @throws InputException when the text is too short for them
   */
  static long[][] samples(TextRef text, Tokenizer tokenizer, int count, int length, long seed) {
    String separator = builtIn(text) ? "\n\n" : "\n";
    List<String> rows =
        builtIn(text)
            ? WordNet.texts(Split.TRAIN)
            : content(text).lines().filter(line -> !line.isBlank()).toList();
    if (rows.size() < count) {
      return windows(text, tokenizer, count, length, seed);
    }
    return new Random(seed)
        .ints(0, rows.size())
        .distinct()
        .limit(count)
        .mapToObj(row -> sample(text, rows, row, separator, tokenizer, length))
        .toArray(long[][]::new);
  }

  private static long[] sample(
      TextRef text,
      List<String> rows,
      int first,
      String separator,
      Tokenizer tokenizer,
      int length) {
    StringBuilder joined = new StringBuilder(rows.get(first));
    for (int next = 1; next <= rows.size(); next++) {
      // A token has a few characters; encode only once there may be enough of them.
      if (joined.length() >= length) {
        long[] ids = tokenizer.encode(joined.toString());
        if (ids.length >= length) {
          return Arrays.copyOf(ids, length);
        }
      }
      joined.append(separator).append(rows.get((first + next) % rows.size()));
    }
    throw tooShort(text, 1, length);
  }

  /** A text of few rows: windows at random places, none twice. */
  private static long[][] windows(
      TextRef text, Tokenizer tokenizer, int count, int length, long seed) {
    long[] document = tokenizer.encode(content(text));
    int places = document.length / length;
    if (places < count) {
      throw tooShort(text, count, length);
    }
    return new Random(seed)
        .ints(0, places)
        .distinct()
        .limit(count)
        .mapToObj(place -> Arrays.copyOfRange(document, place * length, (place + 1) * length))
        .toArray(long[][]::new);
  }

  private static InputException tooShort(TextRef text, int count, int length) {
    return new InputException(
        text.name() + ": too short for " + count + " calibration samples of " + length + " tokens");
  }

  private static String content(TextRef text) {
    try {
      String content = Files.readString(Path.of(text.name())).strip();
      if (content.isEmpty()) {
        throw new InputException(text.name() + ": the text is empty");
      }
      return content;
    } catch (IOException e) {
      throw new InputException(text.name() + ": can't be read: " + e.getMessage(), e);
    }
  }

  private static boolean builtIn(TextRef text) {
    return text.name().equals(TextRef.WORDNET);
  }
}
