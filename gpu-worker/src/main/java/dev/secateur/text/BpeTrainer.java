package dev.secateur.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns a byte-level byte-pair encoding (Sennrich et al., arXiv 1508.07909) and writes it as a
 * {@code tokenizer.json} of Hugging Face tokenizers. The most frequent pair is merged first, ties
 * in the order of the symbols' text.
 */
public final class BpeTrainer {
  /** The special tokens, by id. */
  public static final List<String> SPECIALS = List.of("<unk>", "<s>", "</s>");

  private static final Pattern WORDS =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

  private record Pair(String left, String right) implements Comparable<Pair> {
    String merged() {
      return left + right;
    }

    @Override
    public int compareTo(Pair other) {
      int order = left.compareTo(other.left);
      return order != 0 ? order : right.compareTo(other.right);
    }
  }

  private static final class Word {
    private List<String> symbols;
    private final long count;

    private Word(List<String> symbols, long count) {
      this.symbols = symbols;
      this.count = count;
    }
  }

  private final Map<Pair, Long> counts = new HashMap<>();
  private final Map<Pair, Set<Word>> places = new HashMap<>();

  private BpeTrainer() {}

  /**
   * Learns from rows of text, which are encoded apart by a blank line.
   *
   * @param vocabulary the number of tokens, specials and the 256 bytes included
   * @return the text of a {@code tokenizer.json}
   */
  public static String train(List<String> rows, int vocabulary) {
    if (vocabulary < SPECIALS.size() + 256) {
      throw new IllegalArgumentException("a byte-level vocabulary has at least 259 tokens");
    }
    BpeTrainer trainer = new BpeTrainer();
    words(rows).forEach((text, count) -> trainer.add(new Word(bytes(text), count)));
    List<Pair> merges = new ArrayList<>();
    while (SPECIALS.size() + 256 + merges.size() < vocabulary && !trainer.counts.isEmpty()) {
      Pair best = trainer.mostFrequent();
      merges.add(best);
      trainer.merge(best);
    }
    return json(merges);
  }

  private static Map<String, Long> words(List<String> rows) {
    Map<String, Long> words = new TreeMap<>();
    for (String row : rows) {
      Matcher matcher = WORDS.matcher(row + "\n\n");
      while (matcher.find()) {
        words.merge(matcher.group(), 1L, Long::sum);
      }
    }
    return words;
  }

  private void add(Word word) {
    for (int i = 0; i + 1 < word.symbols.size(); i++) {
      Pair pair = new Pair(word.symbols.get(i), word.symbols.get(i + 1));
      counts.merge(pair, word.count, Long::sum);
      places.computeIfAbsent(pair, p -> new HashSet<>()).add(word);
    }
  }

  private void remove(Word word) {
    for (int i = 0; i + 1 < word.symbols.size(); i++) {
      Pair pair = new Pair(word.symbols.get(i), word.symbols.get(i + 1));
      counts.computeIfPresent(pair, (p, n) -> n == word.count ? null : n - word.count);
    }
  }

  private Pair mostFrequent() {
    Pair best = null;
    long most = 0;
    for (Map.Entry<Pair, Long> entry : counts.entrySet()) {
      long count = entry.getValue();
      if (count > most || count == most && entry.getKey().compareTo(best) < 0) {
        best = entry.getKey();
        most = count;
      }
    }
    return best;
  }

  private void merge(Pair pair) {
    for (Word word : places.remove(pair)) {
      remove(word);
      word.symbols = merged(word.symbols, pair);
      add(word);
    }
  }

  private static List<String> merged(List<String> symbols, Pair pair) {
    List<String> result = new ArrayList<>();
    for (int i = 0; i < symbols.size(); i++) {
      boolean here =
          i + 1 < symbols.size()
              && symbols.get(i).equals(pair.left)
              && symbols.get(i + 1).equals(pair.right);
      result.add(here ? pair.merged() : symbols.get(i));
      i += here ? 1 : 0;
    }
    return result;
  }

  private static List<String> bytes(String text) {
    List<String> symbols = new ArrayList<>();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      symbols.add(visible(b & 0xff));
    }
    return symbols;
  }

  /**
   * Byte-level encodings write each byte as a printable character: itself, or one from 256 upwards.
   */
  private static String visible(int b) {
    return String.valueOf((char) (printable(b) ? b : 256 + unprintableBefore(b)));
  }

  private static int unprintableBefore(int b) {
    int before = 0;
    for (int other = 0; other < b; other++) {
      before += printable(other) ? 0 : 1;
    }
    return before;
  }

  private static boolean printable(int b) {
    return b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
  }

  private static String json(List<Pair> merges) {
    ObjectMapper mapper = Json.MAPPER;
    ObjectNode root = mapper.createObjectNode();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (String special : SPECIALS) {
      added
          .addObject()
          .put("id", SPECIALS.indexOf(special))
          .put("content", special)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    root.putNull("normalizer");
    byteLevel(root.putObject("pre_tokenizer")).put("use_regex", true);
    root.putNull("post_processor");
    byteLevel(root.putObject("decoder"));
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.putNull("dropout").putNull("unk_token");
    ObjectNode vocabulary = model.putObject("vocab");
    vocabulary(merges).forEach(vocabulary::put);
    ArrayNode list = model.putArray("merges");
    merges.forEach(pair -> list.add(pair.left + " " + pair.right));
    return root.toString();
  }

  private static ObjectNode byteLevel(ObjectNode node) {
    return node.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", true);
  }

  private static Map<String, Integer> vocabulary(List<Pair> merges) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    SPECIALS.forEach(special -> ids.put(special, ids.size()));
    for (int b = 0; b < 256; b++) {
      ids.put(visible(b), ids.size());
    }
    merges.forEach(pair -> ids.putIfAbsent(pair.merged(), ids.size()));
    return ids;
  }
}
