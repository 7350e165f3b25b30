package dev.secateur.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import java.util.Map;

/** The {@code pre_tokenizer} that published tokenizers of llama.cpp's names have. */
final class WordSteps {
  private static final String BEHIND =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String BEFORE =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
  private static final String CASED =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+%1$s"
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*%1$s"
          + "|%2$s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final Map<String, String> SPLITS =
      Map.of(
          "llama-bpe",
          BEFORE + "\\p{N}{1,3}" + BEHIND,
          "dbrx",
          BEFORE + "\\p{N}{1,3}" + BEHIND,
          "qwen2",
          BEFORE + "\\p{N}" + BEHIND,
          "gpt-4o",
          CASED.formatted("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "\\p{N}{1,3}"),
          "tekken",
          CASED.formatted("", "\\p{N}"),
          "bloom",
          " ?[^(\\s|[.,!?…。，、।۔،])]+");

  private WordSteps() {}

  static JsonNode of(String name) {
    ObjectNode bytes =
        Json.MAPPER
            .createObjectNode()
            .put("type", "ByteLevel")
            .put("add_prefix_space", false)
            .put("trim_offsets", true);
    ObjectNode sequence = bytes.objectNode().put("type", "Sequence");
    ArrayNode steps = sequence.putArray("pretokenizers");
    if (name.equals("gpt-2")) {
      return bytes;
    } else if (name.equals("smollm")) {
      steps.addObject().put("type", "Digits").put("individual_digits", true);
      steps.add(bytes.put("use_regex", true));
    } else {
      ObjectNode split = steps.addObject().put("type", "Split");
      split.putObject("pattern").put("Regex", SPLITS.get(name));
      split.put("behavior", "Isolated").put("invert", false);
      steps.add(bytes.put("use_regex", false));
    }
    return sequence;
  }
}
