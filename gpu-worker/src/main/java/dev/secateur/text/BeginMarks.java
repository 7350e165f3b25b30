package dev.secateur.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * How a tokenizer marks the beginning of a text, as transformers reads it.
 *
 * @param own what the tokenizer puts before a text by itself
 * @param end whether it puts something after a text as well
 */
record BeginMarks(long[] own, boolean end) {

  /**
   * @param settings of the tokenizer
   * @param token its begin token
   */
  static BeginMarks of(JsonNode settings, Vocabulary vocabulary, OptionalLong token) {
    if (vocabulary instanceof JsonVocabulary json) {
      return processed(json);
    }
    // SentencePiece models say nothing of it: the classes that read them do, unless told otherwise.
    boolean begins = token.isPresent() && settings.path("add_bos_token").asBoolean(true);
    boolean marks = !(vocabulary instanceof ChatGlmVocabulary);
    return new BeginMarks(
        marks && begins ? new long[] {token.getAsLong()} : new long[0],
        settings.path("add_eos_token").asBoolean(false));
  }

  /** What {@code tokenizer_config.json} says, if there is one. */
  static JsonNode settings(Path folder) throws IOException {
    Path file = folder.resolve("tokenizer_config.json");
    if (!Files.isRegularFile(file)) {
      return MissingNode.getInstance();
    }
    try {
      return Json.MAPPER.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw new InputException(file + ": not valid JSON", e);
    }
  }

  /**
   * The begin token, named by its text, or by an object with its text; null where there is none.
   *
   * @param settings of the tokenizer
   * @param bos what the model's config says, for settings that say nothing
   */
  static OptionalLong token(JsonNode settings, Vocabulary vocabulary, OptionalLong bos) {
    JsonNode named = settings.path("bos_token");
    if (named.isMissingNode()) {
      return bos;
    }
    JsonNode text = named.isObject() ? named.path("content") : named;
    if (!text.isTextual()) {
      return OptionalLong.empty();
    }
    OptionalLong id = vocabulary.id(text.asText());
    return id.isPresent() ? id : bos;
  }

  /** What stands around a word once the post-processor of a {@code tokenizer.json} saw it. */
  private static BeginMarks processed(JsonVocabulary vocabulary) {
    long[] word = vocabulary.encode("a");
    long[] whole = vocabulary.processed("a");
    if (word.length == 0) { // a vocabulary without that letter: what is there was put there
      return new BeginMarks(whole, false);
    }
    for (int start = 0; start + word.length <= whole.length; start++) {
      if (Arrays.equals(whole, start, start + word.length, word, 0, word.length)) {
        long[] own = Arrays.copyOf(whole, start);
        return new BeginMarks(own, start + word.length < whole.length);
      }
    }
    return new BeginMarks(new long[0], false);
  }
}
