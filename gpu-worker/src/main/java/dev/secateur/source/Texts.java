package dev.secateur.source;

import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.TextRef;
import dev.secateur.text.Dialogue;
import dev.secateur.text.Documents;
import dev.secateur.text.Instruction;
import dev.secateur.text.InstructionFile;
import dev.secateur.text.Split;
import dev.secateur.text.TextFile;
import dev.secateur.text.Tokenizer;
import dev.secateur.text.WordNet;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * The texts that stages name: the built-in glosses, in the split for each use, or files of this
 * machine.
 */
public final class Texts {
  private Texts() {}

  /** A file, or the built-in text, as stages name it; not hashed. */
  public static TextRef ref(String name) {
    return new TextRef(name, "");
  }

  /** The first {@code most} tokens of a document, with one begin-of-document token at its start. */
  public static long[] document(TextRef text, Split split, Tokenizer tokenizer, long most) {
    return document(text, split, tokenizer, tokenizer.bos(), most);
  }

  /** As above, with another token at its start, or none. */
  public static long[] document(
      TextRef text, Split split, Tokenizer tokenizer, OptionalLong begin, long most) {
    List<String> rows = builtIn(text) ? WordNet.texts(split) : file(text).rows();
    try {
      return Documents.tokens(rows, tokenizer, begin, most);
    } catch (InputException e) {
      throw new InputException(text.name() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The perplexity of a document.
   *
   * @param model asked for once the document is read, so that a text that can't be read costs
   *     nothing
   */
  public static Perplexity perplexity(
      Supplier<Model> model,
      Tokenizer tokenizer,
      TextRef text,
      Perplexity.Protocol protocol,
      Perplexity.ProgressListener progress) {
    return measured(model, tokenizer, text, protocol, progress).perplexity();
  }

  /**
   * A perplexity, and what does not depend on how a tokenizer cuts the text.
   *
   * @param bitsPerByte bits that the model needs for a byte of the scored text in UTF-8
   */
  public record Measured(Perplexity perplexity, double bitsPerByte) {}

  /** As above, with bits per byte. */
  public static Measured measured(
      Supplier<Model> model,
      Tokenizer tokenizer,
      TextRef text,
      Perplexity.Protocol protocol,
      Perplexity.ProgressListener progress) {
    Scored scored = Scored.of(tokenizer, text, protocol);
    Perplexity perplexity =
        Perplexity.of(model.get(), scored.document, scored.beforeWindows(), protocol, progress);
    double bits = Math.log(perplexity.perplexity()) / Math.log(2);
    return new Measured(perplexity, bits / scored.bytesPerToken(perplexity.windows()));
  }

  /**
   * @throws InputException when a text can't be read, or is too short for a perplexity
   */
  public static void checkPerplexity(
      Tokenizer tokenizer, TextRef text, Perplexity.Protocol protocol) {
    Scored scored = Scored.of(tokenizer, text, protocol);
    Perplexity.checkFills(scored.document, scored.beforeWindows(), protocol);
  }

  /** What a perplexity is of: a document's tokens, and the begin token of it or of each window. */
  private record Scored(Tokenizer tokenizer, Perplexity.Protocol protocol, long[] document) {
    static Scored of(Tokenizer tokenizer, TextRef text, Perplexity.Protocol protocol) {
      OptionalLong begin = tokenizer.begin(protocol.begin());
      OptionalLong start =
          protocol.begin() == PerplexityBegin.WINDOW ? OptionalLong.empty() : begin;
      return new Scored(
          tokenizer,
          protocol,
          Texts.document(text, Split.TEST, tokenizer, start, protocol.tokens()));
    }

    private boolean beginsWindows() {
      return protocol.begin() == PerplexityBegin.WINDOW;
    }

    /** What stands before each window. */
    OptionalLong beforeWindows() {
      return beginsWindows() ? tokenizer.begin(protocol.begin()) : OptionalLong.empty();
    }

    /** Of the text in the windows, as its tokens are read back. */
    double bytesPerToken(long windows) {
      int marks = tokenizer.begin(protocol.begin()).isPresent() ? 1 : 0; // which are no text
      int length = protocol.window() - (beginsWindows() ? marks : 0);
      int start = beginsWindows() ? 0 : marks;
      long[] ids = Arrays.copyOfRange(document, start, Math.toIntExact(windows * length));
      return (double) tokenizer.decode(ids).getBytes(StandardCharsets.UTF_8).length / ids.length;
    }
  }

  /** Whether a text has instruction rows; else it is running text. */
  public static boolean isInstructions(TextRef data) {
    return builtIn(data) || file(data).isRows() && !file(data).namesColumn();
  }

  /** Instruction rows for recovery. */
  public static List<Instruction> instructions(TextRef data) {
    return builtIn(data)
        ? Instruction.wordNet(Split.TRAIN)
        : InstructionFile.read(file(data).file());
  }

  /** The rows that calibration samples may begin at, none of them blank. */
  public static List<String> sampleRows(TextRef text) {
    return builtIn(text) ? WordNet.texts(Split.TRAIN) : file(text).sampleRows();
  }

  /** What stands between those rows. */
  public static String separator(TextRef text) {
    return builtIn(text) ? "\n\n" : "\n";
  }

  /** The first dialogues. */
  public static List<Dialogue> dialogues(TextRef text, int most) {
    return Dialogue.read(file(text).file(), file(text).column("dialog"), most);
  }

  private static TextFile file(TextRef text) {
    return TextFile.parse(text.name());
  }

  private static boolean builtIn(TextRef text) {
    return text.name().equals(TextRef.WORDNET);
  }
}
