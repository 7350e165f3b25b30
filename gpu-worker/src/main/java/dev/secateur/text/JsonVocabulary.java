package dev.secateur.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What a {@code tokenizer.json} says, read by Hugging Face's own library. */
record JsonVocabulary(HuggingFaceTokenizer tokenizer) implements Vocabulary {
  static JsonVocabulary open(Path file) throws IOException {
    if (!new ObjectMapper().readTree(Files.readString(file)).path("model").isObject()) {
      throw new InputException(file + ": not a tokenizer: it has no 'model'");
    }
    return new JsonVocabulary(
        HuggingFaceTokenizer.newInstance(
            file, Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false")));
  }

  @Override
  public long[] encode(String text) {
    return tokenizer.encode(text, false, false).getIds();
  }

  @Override
  public List<long[]> encode(List<String> texts) {
    return Arrays.stream(tokenizer.batchEncode(texts, false, false))
        .map(encoding -> encoding.getIds())
        .toList();
  }

  @Override
  public String decode(long[] ids) {
    return tokenizer.decode(ids, true);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
