package dev.secateur.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class WordsTest {
  private static final String LLAMA3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
          + "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  @Test
  void expressionsHaveTheirNames() throws IOException {
    assertThat(Words.of(split(LLAMA3, true))).contains("llama-bpe");
    assertThat(Words.of(split(LLAMA3, false))).contains("dbrx");
    assertThat(Words.of(split(LLAMA3.replace("\\p{N}{1,3}", "\\p{N}"), false))).contains("qwen2");
    assertThat(Words.of(split("\\w+", false))).isEmpty();
  }

  @Test
  void digitsMayStandAlone() throws IOException {
    JsonNode tokenizer =
        json(
            """
            {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
              {"type": "Digits", "individual_digits": true},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]}}
            """);
    assertThat(Words.of(tokenizer)).contains("smollm");
  }

  @Test
  void aSpaceThatIsPutFirstIsTold() throws IOException {
    assertThat(
            Words.putsSpaceFirst(
                json("{\"normalizer\": {\"type\": \"Prepend\", \"prepend\": \"\u2581\"}}")))
        .isTrue();
    assertThat(
            Words.putsSpaceFirst(
                json(
                    "{\"pre_tokenizer\": {\"type\": \"Metaspace\", \"prepend_scheme\":"
                        + " \"never\"}}")))
        .isFalse();
  }

  @Test
  void whatSomeTextsAreCutOtherwiseByIsTold() throws IOException {
    ObjectNode metaspace =
        (ObjectNode) json("{'pre_tokenizer': {'type': 'Metaspace', 'prepend_scheme': 'first'}}");
    assertThat(Words.notes(metaspace)).singleElement().asString().contains("puts a space before");
    metaspace.putObject("normalizer").put("type", "Prepend");
    assertThat(Words.notes(metaspace.putNull("pre_tokenizer"))).isEmpty();
    metaspace.putObject("normalizer").put("type", "NFC");
    assertThat(Words.notes(metaspace)).singleElement().asString().contains("by NFC");
  }

  private static JsonNode split(String expression, boolean whole) throws IOException {
    var tokenizer = Json.MAPPER.createObjectNode();
    tokenizer.putObject("model").put("ignore_merges", whole);
    var steps =
        tokenizer.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    steps.addObject().put("type", "Split").putObject("pattern").put("Regex", expression);
    steps
        .addObject()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("use_regex", false);
    return Json.MAPPER.readTree(tokenizer.toString());
  }

  private static JsonNode json(String text) throws IOException {
    return Json.MAPPER.readTree(text.replace('\'', '"'));
  }
}
