package dev.secateur.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The entries of WordNet 3.1 (Princeton University), read from the class path. A line of its data
 * files is a synonym set: its offset, kind and words, its relations, and after a bar the gloss with
 * its examples.
 */
public final class WordNet {
  /** What names this data in stage keys and provenance. */
  public static final String IDENTITY = "wordnet-3.1";

  private static final String FOLDER = "/net/sf/extjwnl/data/wordnet/wn31/data.";

  private WordNet() {}

  /** The parts of speech, named as their data files. */
  public enum PartOfSpeech {
    NOUN,
    VERB,
    ADJ,
    ADV;

    /** The word for it in a sentence. */
    public String word() {
      return switch (this) {
        case NOUN -> "noun";
        case VERB -> "verb";
        case ADJ -> "adjective";
        case ADV -> "adverb";
      };
    }
  }

  /**
   * A synonym set.
   *
   * @param word the first of its words
   * @param gloss its definition, followed by examples in quotes
   */
  public record Entry(PartOfSpeech part, String word, String gloss) {
    /** The entry as a line of running text. */
    public String text() {
      return word + ": " + gloss;
    }

    /** The gloss without its examples. */
    public String definition() {
      int quote = gloss.indexOf("; \"");
      return quote < 0 ? gloss : gloss.substring(0, quote);
    }

    /** The part of the data that this entry belongs to. */
    public Split split() {
      return Split.of(gloss);
    }
  }

  /** Every entry of one part, in the order of the data files. */
  public static List<Entry> entries(Split split) {
    List<Entry> entries = new ArrayList<>();
    for (PartOfSpeech part : PartOfSpeech.values()) {
      read(part, entries, split);
    }
    return entries;
  }

  /** Every entry of one part as a line of text. */
  public static List<String> texts(Split split) {
    return entries(split).stream().map(Entry::text).toList();
  }

  private static void read(PartOfSpeech part, List<Entry> into, Split split) {
    String name = FOLDER + part.name().toLowerCase(Locale.ROOT);
    try (InputStream data = WordNet.class.getResourceAsStream(name);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(data, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("  ")) { // the licence stands before the data, indented
          Entry entry = entry(part, line);
          if (entry.split() == split) {
            into.add(entry);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Entry entry(PartOfSpeech part, String line) {
    String word = line.split(" ", 6)[4].replace('_', ' ').replaceAll("\\((a|p|ip)\\)$", "");
    return new Entry(part, word, line.substring(line.indexOf(" | ") + 3).strip());
  }
}
