package dev.secateur.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.input.JsonFile;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.InputException;
import dev.secateur.text.SentencePieces;
import dev.secateur.text.SentencePieces.Type;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A checkpoint's tokenizer as GGUF has it: byte-level BPE with the name of the expressions that cut
 * text into words, or SentencePiece's BPE with a score to a token.
 */
final class Tokens {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final long LARGEST_FILE = 256L << 20;

  private final Path folder;
  private final Path file;
  private final List<String> texts;
  private final List<Type> types;
  private final float[] scores;
  private final List<String> merges = new ArrayList<>();
  private String words = "";
  private final List<String> notes = new ArrayList<>();
  private boolean spaceFirst;

  private Tokens(Path folder, int count) {
    this.folder = folder;
    this.file = Tokenizer.file(folder);
    this.texts = new ArrayList<>(Collections.nCopies(count, null));
    this.types = new ArrayList<>(Collections.nCopies(count, Type.UNUSED));
    this.scores = new float[count];
  }

  /**
   * @param folder of the checkpoint
   * @param count of the model's token ids; those that the tokenizer lacks are filled up
   * @throws InputException when there is no tokenizer, or one that llama.cpp does not have
   */
  static Tokens read(Path folder, int count) throws IOException {
    Tokens tokens = new Tokens(folder, count);
    if (tokens.file.getFileName().toString().equals("tokenizer.model")) {
      tokens.readPieces(SentencePieces.read(tokens.file));
    } else {
      tokens.readJson(JsonFile.read(tokens.file, LARGEST_FILE));
    }
    return tokens;
  }

  private void readPieces(SentencePieces pieces) {
    spaceFirst = pieces.spaceFirst();
    for (int id = 0; id < pieces.pieces().size(); id++) {
      SentencePieces.Piece piece = pieces.pieces().get(id);
      set(id, piece.text(), piece.type());
      scores[id] = piece.score();
    }
  }

  private void readJson(JsonNode json) {
    JsonNode model = json.path("model");
    if (!model.path("type").asText("BPE").equals("BPE")) {
      throw unknown("is of the type " + model.path("type").asText());
    }
    model
        .path("vocab")
        .properties()
        .forEach(entry -> set(entry.getValue().asInt(-1), entry.getKey(), Type.NORMAL));
    for (JsonNode merge : model.path("merges")) {
      merges.add(
          merge.isArray() ? merge.path(0).asText() + " " + merge.path(1).asText() : merge.asText());
    }
    boolean bytewise = Words.isByteLevel(json);
    notes.addAll(Words.notes(json));
    if (bytewise) {
      words =
          Words.of(json)
              .orElseThrow(() -> unknown("splits text into words as none of its tokenizers does"));
    } else {
      readScores(model);
      spaceFirst = Words.putsSpaceFirst(json);
    }
    for (JsonNode added : json.path("added_tokens")) {
      boolean special = added.path("special").asBoolean();
      set(
          added.path("id").asInt(-1),
          added.path("content").asText(),
          special ? Type.CONTROL : Type.USER_DEFINED);
    }
    JsonNode unknown = model.path("unk_token");
    if (unknown.isTextual()) {
      int id = texts.indexOf(unknown.asText());
      if (id >= 0) {
        types.set(id, Type.UNKNOWN);
      }
    }
  }

  /** What is merged first scores highest; bytes and letters are never merged into. */
  private void readScores(JsonNode model) {
    if (!model.path("byte_fallback").asBoolean()) {
      throw unknown("has neither byte-level words nor byte fallback");
    }
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < texts.size(); id++) {
      String text = texts.get(id);
      if (text != null) {
        ids.put(text, id);
        if (text.matches("<0x[0-9A-F]{2}>")) {
          types.set(id, Type.BYTE);
        }
      }
    }
    for (int rank = merges.size() - 1; rank >= 0; rank--) {
      Integer id = ids.get(merges.get(rank).replaceFirst(" ", ""));
      if (id != null) {
        scores[id] = -1 - rank;
      }
    }
  }

  private void set(int id, String text, Type type) {
    if (id < 0 || id >= texts.size()) {
      throw new InputException(
          file
              + ": token '"
              + JsonFile.shown(text)
              + "' has the id "
              + id
              + ", and the model has "
              + texts.size()
              + " ids");
    }
    texts.set(id, text);
    types.set(id, type);
  }

  private InputException unknown(String how) {
    return Architecture.refused(
        "llama.cpp has no tokenizer like "
            + file
            + ", which "
            + how
            + "; it has byte-level BPE of "
            + String.join(", ", Words.names())
            + " and SentencePiece's BPE");
  }

  /** In what llama.cpp cuts some texts otherwise. */
  List<String> notes() {
    return notes;
  }

  /**
   * Whether llama.cpp would not read a model of that name: in those that are called Phi 3 it looks
   * for that family's special tokens.
   */
  boolean contradict(String name) {
    String small = name.toLowerCase(Locale.ROOT);
    return (small.contains("phi-3") || small.contains("phi3"))
        && !texts.containsAll(List.of("<unk>", "<s>", "</s>", "<|endoftext|>"));
  }

  void state(GgufMetadata metadata) throws IOException {
    boolean bytewise = !words.isEmpty();
    metadata.text(PREFIX + "model", bytewise ? "gpt2" : "llama");
    if (bytewise) {
      metadata.text(PREFIX + "pre", words);
    }
    metadata.texts(PREFIX + "tokens", named());
    if (bytewise) {
      metadata.texts(PREFIX + "merges", merges);
    } else {
      metadata.reals(PREFIX + "scores", scores);
      metadata.flag(PREFIX + "add_space_prefix", spaceFirst);
      metadata.flag(PREFIX + "remove_extra_whitespaces", false);
    }
    metadata.numbers(
        PREFIX + "token_type", types.stream().map(type -> type.ordinal() + 1L).toList());
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      stateId(metadata, "bos_token_id", tokenizer.bos());
      stateId(metadata, "eos_token_id", tokenizer.eos());
      metadata.flag(PREFIX + "add_bos_token", tokenizer.begin(BeginToken.TOKENIZER).length > 0);
    }
    int unknown = types.indexOf(Type.UNKNOWN);
    if (unknown >= 0) {
      metadata.number(PREFIX + "unknown_token_id", unknown);
    }
    String template = template();
    if (!template.isEmpty()) {
      metadata.text("tokenizer.chat_template", template);
    }
  }

  private void stateId(GgufMetadata metadata, String key, OptionalLong id) {
    if (id.isPresent() && id.getAsLong() < texts.size()) {
      metadata.number(PREFIX + key, id.getAsLong());
    }
  }

  private List<String> named() {
    List<String> named = new ArrayList<>();
    for (int id = 0; id < texts.size(); id++) {
      named.add(texts.get(id) == null ? "[PAD" + id + "]" : texts.get(id));
    }
    return named;
  }

  private String template() throws IOException {
    Path own = folder.resolve("chat_template.jinja");
    if (Files.isRegularFile(own)) {
      return Files.readString(own);
    }
    Path settings = folder.resolve("tokenizer_config.json");
    return Files.isRegularFile(settings)
        ? JsonFile.read(settings, JsonFile.LARGEST_CONFIG).path("chat_template").asText("")
        : "";
  }
}
