package dev.secateur.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a {@code tokenizer.json} says, read by Hugging Face's own library.
 *
 * @param added the ids of its added tokens, the special ones among them, by their text
 */
record JsonVocabulary(HuggingFaceTokenizer tokenizer, Map<String, Long> added)
    implements Vocabulary {
  static JsonVocabulary open(Path file) throws IOException {
    JsonNode json = new ObjectMapper().readTree(Files.readString(file));
    if (!json.path("model").isObject()) {
      throw new InputException(file + ": not a tokenizer: it has no 'model'");
    }
    Map<String, Long> added = new HashMap<>();
    json.path("added_tokens")
        .forEach(token -> added.put(token.path("content").asText(), token.path("id").asLong()));
    return new JsonVocabulary(
        HuggingFaceTokenizer.newInstance(
            file, Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false")),
        Map.copyOf(added));
  }

  /** The ids of a text with the tokens that the post-processor puts around it. */
  long[] processed(String text) {
    return tokenizer.encode(text, true, false).getIds();
  }

  @Override
  public long[] encode(String text) {
    return tokenizer.encode(text, false, false).getIds();
  }

  @Override
  public List<long[]> encode(List<String> texts) {
    if (texts.isEmpty()) {
      return List.of();
    }
    return Arrays.stream(tokenizer.batchEncode(texts, false, false))
        .map(encoding -> encoding.getIds())
        .toList();
  }

  @Override
  public String decode(long[] ids) {
    return tokenizer.decode(ids, true);
  }

  @Override
  public String piece(long id) {
    return tokenizer.decode(new long[] {id}, false);
  }

  @Override
  public OptionalLong id(String piece) {
    Long id = added.get(piece);
    return id == null ? OptionalLong.empty() : OptionalLong.of(id);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
