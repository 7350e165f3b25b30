package dev.secateur.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** How a {@code tokenizer.json} splits text into words, and llama.cpp's name for it. */
final class Words {
  private static final String LETTERS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
  private static final String ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String REST =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String UPPER = "\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}";
  private static final String LOWER = "\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}";
  private static final String PATHS =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /** Letters in capitals and in small ones, each with the ending that may follow. */
  private static String cased(String ending) {
    String begin = "[^\\r\\n\\p{L}\\p{N}]?[";
    return begin + UPPER + "]*[" + LOWER + "]+" + ending + "|" + begin + UPPER + "]+[" + LOWER
        + "]*" + ending;
  }

  /** By the expression that splits. */
  private static final Map<String, String> SPLITS =
      Map.of(
          ENDINGS + "|" + LETTERS + "|\\p{N}{1,3}" + REST,
          "llama-bpe",
          ENDINGS + "|" + LETTERS + "|\\p{N}" + REST,
          "qwen2",
          cased(ENDINGS + "?") + "|\\p{N}{1,3}" + PATHS,
          "gpt-4o",
          cased("") + "|\\p{N}" + PATHS,
          "tekken",
          " ?[^(\\s|[.,!?…。，、।۔،])]+",
          "bloom");

  private Words() {}

  static List<String> names() {
    TreeSet<String> names = new TreeSet<>(SPLITS.values());
    names.addAll(List.of("gpt-2", "smollm", "dbrx"));
    return List.copyOf(names);
  }

  static boolean isByteLevel(JsonNode tokenizer) {
    return steps(tokenizer.path("pre_tokenizer")).stream().anyMatch(Words::isByteLevelStep);
  }

  private static boolean isByteLevelStep(JsonNode step) {
    return step.path("type").asText().equals("ByteLevel");
  }

  /** llama.cpp's name; empty where it has none. */
  static Optional<String> of(JsonNode tokenizer) {
    List<JsonNode> steps = steps(tokenizer.path("pre_tokenizer"));
    JsonNode last = steps.get(steps.size() - 1);
    if (!isByteLevelStep(last) || last.path("add_prefix_space").asBoolean()) {
      return Optional.empty();
    }
    boolean splits = last.path("use_regex").asBoolean(true);
    if (splits && steps.size() == 1) {
      return Optional.of("gpt-2");
    } else if (steps.size() != 2) {
      return Optional.empty();
    }
    JsonNode first = steps.get(0);
    if (splits) {
      boolean digits =
          first.path("type").asText().equals("Digits")
              && first.path("individual_digits").asBoolean();
      return digits ? Optional.of("smollm") : Optional.empty();
    }
    String found = SPLITS.get(first.path("pattern").path("Regex").asText());
    boolean whole = tokenizer.path("model").path("ignore_merges").asBoolean();
    // The same words, but a word that is a token need not be merged from its parts.
    return Optional.ofNullable("llama-bpe".equals(found) && !whole ? "dbrx" : found);
  }

  /** Whether a space is put before a text. */
  static boolean putsSpaceFirst(JsonNode tokenizer) {
    boolean prepends =
        normalizers(tokenizer.path("normalizer")).stream()
            .anyMatch(step -> step.path("type").asText().equals("Prepend"));
    return prepends
        || steps(tokenizer.path("pre_tokenizer")).stream()
            .filter(step -> step.path("type").asText().equals("Metaspace"))
            .anyMatch(
                step ->
                    step.has("prepend_scheme")
                        ? !step.path("prepend_scheme").asText().equals("never")
                        : step.path("add_prefix_space").asBoolean(true));
  }

  /** In what llama.cpp cuts some texts otherwise. */
  static List<String> notes(JsonNode tokenizer) {
    List<String> notes = new ArrayList<>();
    normalizers(tokenizer.path("normalizer")).stream()
        .map(step -> step.path("type").asText())
        .filter(type -> !List.of("Prepend", "Replace").contains(type))
        .forEach(
            type ->
                notes.add(
                    "llama.cpp does not normalise texts by "
                        + type
                        + " as the"
                        + " tokenizer does"));
    if (!isByteLevel(tokenizer)
        && putsSpaceFirst(tokenizer)
        && !tokenizer.path("pre_tokenizer").isNull()) {
      notes.add(
          "llama.cpp also puts a space before texts that begin with one, but the tokenizer"
              + " does not");
    }
    return notes;
  }

  private static List<JsonNode> steps(JsonNode step) {
    return flat(step, "pretokenizers");
  }

  private static List<JsonNode> normalizers(JsonNode step) {
    return flat(step, "normalizers");
  }

  private static List<JsonNode> flat(JsonNode step, String key) {
    List<JsonNode> steps = new ArrayList<>();
    if (step.path("type").asText().equals("Sequence")) {
      step.path(key).forEach(steps::add);
    } else if (step.isObject()) {
      steps.add(step);
    }
    return steps;
  }
}
