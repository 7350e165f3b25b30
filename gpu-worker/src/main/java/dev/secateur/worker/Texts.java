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

  /** A document, with one begin-of-document token at its start. */
  static long[] document(TextRef text, Split split, Tokenizer tokenizer) {
    if (text.name().equals(TextRef.WORDNET)) {
      return Documents.tokens(WordNet.texts(split), tokenizer);
    }
    try {
      String content = Files.readString(Path.of(text.name())).strip();
      if (content.isEmpty()) {
        throw new InputException(text.name() + ": the text is empty");
      }
      return Documents.tokens(List.of(content), tokenizer);
    } catch (IOException e) {
      throw new InputException(text.name() + ": can't be read: " + e.getMessage(), e);
    }
  }

  /** Instruction rows for recovery. */
  static List<Instruction> instructions(TextRef data) {
    return data.name().equals(TextRef.WORDNET)
        ? Instruction.wordNet(Split.TRAIN)
        : InstructionFile.read(Path.of(data.name()));
  }

  /**
   * Windows at random places of a document, none twice.
   *
   * @throws InputException when the document is too short for them
   */
  static long[][] samples(long[] document, TextRef text, int count, int length, long seed) {
    int places = document.length / length;
    if (places < count) {
      throw new InputException(
          text.name()
              + ": "
              + document.length
              + " tokens are too few for "
              + count
              + " calibration samples of "
              + length);
    }
    return new Random(seed)
        .ints(0, places)
        .distinct()
        .limit(count)
        .mapToObj(place -> Arrays.copyOfRange(document, place * length, (place + 1) * length))
        .toArray(long[][]::new);
  }
}
