package dev.secateur.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.model.ModelConfig;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A checkpoint's {@code tokenizer.json}. It never truncates, never pads and adds no token of its
 * own.
 */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final OptionalLong bos;
  private final OptionalLong eos;

  private Tokenizer(HuggingFaceTokenizer tokenizer, OptionalLong bos, OptionalLong eos) {
    this.tokenizer = tokenizer;
    this.bos = bos;
    this.eos = eos;
  }

  /**
   * @param folder a checkpoint folder
   * @throws InputException when it has no {@code tokenizer.json} or the file can't be understood
   */
  public static Tokenizer open(Path folder) {
    Path file = folder.resolve("tokenizer.json");
    if (!Files.isRegularFile(file)) {
      throw new InputException(file + ": no such file; the checkpoint has no tokenizer");
    }
    ModelConfig config = ModelConfig.read(folder.resolve("config.json"));
    try {
      JsonNode root = new ObjectMapper().readTree(Files.readString(file));
      if (!root.path("model").isObject()) {
        throw new InputException(file + ": not a tokenizer: it has no 'model'");
      }
      HuggingFaceTokenizer tokenizer =
          HuggingFaceTokenizer.newInstance(
              file, Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false"));
      return new Tokenizer(
          tokenizer, special(config, "bos_token_id"), special(config, "eos_token_id"));
    } catch (IOException | RuntimeException e) {
      if (e instanceof InputException known) {
        throw known;
      }
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(file + ": can't be read as a tokenizer: " + reason, e);
    }
  }

  private static OptionalLong special(ModelConfig config, String key) {
    JsonNode id = config.json().path(key);
    return id.canConvertToLong() ? OptionalLong.of(id.asLong()) : OptionalLong.empty();
  }

  /** The ids of the text, of any length, without special tokens. */
  public long[] encode(String text) {
    return tokenizer.encode(text, false, false).getIds();
  }

  /** The ids of each of many texts. */
  public List<long[]> encode(List<String> texts) {
    return java.util.Arrays.stream(tokenizer.batchEncode(texts, false, false))
        .map(encoding -> encoding.getIds())
        .toList();
  }

  /** The text of the ids, special tokens left out. */
  public String decode(long[] ids) {
    return tokenizer.decode(ids, true);
  }

  /** The token that begins a document, where the model has one. */
  public OptionalLong bos() {
    return bos;
  }

  /** The token that ends a document, where the model has one. */
  public OptionalLong eos() {
    return eos;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
