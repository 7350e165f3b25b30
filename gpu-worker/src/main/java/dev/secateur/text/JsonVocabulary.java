package dev.secateur.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.secateur.input.BoundedFile;
import dev.secateur.input.JsonFile;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A {@code tokenizer.json}, read by Hugging Face's own library.
 *
 * @param largest the largest id of its tokens
 * @param added the ids of its added tokens, the special ones among them, by their text
 */
record JsonVocabulary(HuggingFaceTokenizer tokenizer, long largest, Map<String, Long> added)
    implements Vocabulary {
  static JsonVocabulary open(Path file) throws IOException {
    byte[] content = BoundedFile.bytes(file, LARGEST_FILE);
    Map<String, Long> added = new HashMap<>();
    long largest;
    try (JsonParser parser = JsonFile.factory().createParser(content)) {
      largest = largest(parser, file, added);
    } catch (JsonProcessingException e) {
      throw new InputException(
          file
              + ": can't be read as a tokenizer: not valid JSON in line "
              + (e.getLocation() == null ? 1 : e.getLocation().getLineNr())
              + ": "
              + JsonFile.reason(e),
          e);
    }
    return new JsonVocabulary(
        HuggingFaceTokenizer.newInstance(
            file, Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false")),
        largest,
        Map.copyOf(added));
  }

  /** The ids of a text with the tokens that the post-processor puts around it. */
  long[] processed(String text) {
    return tokenizer.encode(text, true, false).getIds();
  }

  /** The largest id, found without keeping the file's content; its form is checked on the way. */
  private static long largest(JsonParser parser, Path file, Map<String, Long> added)
      throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new InputException(file + ": not a tokenizer: it is not a JSON object");
    }
    long largest = -1;
    boolean hasModel = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (key.equals("model") && value == JsonToken.START_OBJECT) {
        hasModel = true;
        largest = Math.max(largest, ofModel(parser));
      } else if (key.equals("added_tokens") && value == JsonToken.START_ARRAY) {
        largest = Math.max(largest, ofAddedTokens(parser, added));
      } else {
        parser.skipChildren();
      }
    }
    if (!hasModel) {
      throw new InputException(file + ": not a tokenizer: it has no 'model'");
    }
    return largest;
  }

  /** The vocabulary is an object of ids, or a list of pieces whose places are their ids. */
  private static long ofModel(JsonParser parser) throws IOException {
    long largest = -1;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean isVocabulary = parser.currentName().equals("vocab");
      JsonToken value = parser.nextToken();
      if (!isVocabulary || !value.isStructStart()) {
        parser.skipChildren();
        continue;
      }
      long place = 0;
      for (JsonToken next = parser.nextToken(); !next.isStructEnd(); next = parser.nextToken()) {
        if (next == JsonToken.VALUE_NUMBER_INT) {
          largest = Math.max(largest, parser.getValueAsLong());
        } else if (value == JsonToken.START_ARRAY) {
          largest = Math.max(largest, place++);
        }
        parser.skipChildren();
      }
    }
    return largest;
  }

  private static long ofAddedTokens(JsonParser parser, Map<String, Long> added) throws IOException {
    long largest = -1;
    while (parser.nextToken() == JsonToken.START_OBJECT) {
      String content = "";
      long id = -1;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        JsonToken value = parser.nextToken();
        if (key.equals("id") && value == JsonToken.VALUE_NUMBER_INT) {
          id = parser.getValueAsLong();
        } else if (key.equals("content") && value == JsonToken.VALUE_STRING) {
          content = parser.getText();
        }
        parser.skipChildren();
      }
      added.put(content, id);
      largest = Math.max(largest, id);
    }
    return largest;
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
