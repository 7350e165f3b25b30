package dev.secateur.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.LlamaCpp;
import dev.secateur.LlamaCpp.Question;
import dev.secateur.json.Json;
import dev.secateur.text.BpeTrainer;
import dev.secateur.text.SentencePieces;
import dev.secateur.text.SentencePieces.Piece;
import dev.secateur.text.SentencePieces.Type;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts cut into tokens by llama.cpp as by Secateur. Runs where {@link LlamaCpp} is. */
class TokensTest {

  private static final String METASPACE = "Metaspace";

  private static final List<String> TEXTS =
      List.of(
          "The gardener's 2 trees grew 31 leaves, and no more!",
          " leading,  double   triple and trailing  ",
          "lines\nand\n\nblank ones\r\n\ttabs\t\tand \n spaces \n",
          "I'LL say it's THEY'RE'd, we'Ve",
          "1234567 3.14 2024-11-27 12 345 6789",
          "camelCase HTTPServer getURL parseJSON x/y/z http://a.b/c?d=e&f",
          "Привет, мир! Ελληνικά κείμενο, עברית, العربية",
          "日本語のテキスト。中文，句子！한국어 텍스트? हिन्दी।",
          "naïve café résumé, Ünïcödé ß Œ",
          "😀 👩‍🌾 🇫🇷 emoji🙂inside",
          "𝄞 «quote» — – … • ™ ½ ²",
          "non\u00a0breaking\u2003wide\u3000spaces",
          "((a+b)*[c]{d})==#!$%^&~`|\\;:\"'<>",
          "aaaaaaaaaaaaaaaa          b",
          "\n",
          " ",
          "x");

  @TempDir Path folder;

  @Test
  void sentencePieceHasTheSameIds() throws IOException {
    LlamaCpp llama = LlamaCpp.there();
    Path model = Fixtures.resource("sentencepiece/tokenizer.model");
    SentencePieces pieces = SentencePieces.read(model);
    Map<String, Path> folders = new HashMap<>();
    Path itself = Files.createDirectories(folder.resolve("model"));
    Files.copy(model, itself.resolve("tokenizer.model"));
    folders.put("tokenizer.model", itself);
    String space = "\u2581";
    ObjectNode prepend = step("Prepend").put("prepend", space);
    ObjectNode replace = step("Replace").put("content", space);
    replace.putObject("pattern").put("String", " ");
    ObjectNode both = step("Sequence");
    both.putArray("normalizers").add(prepend).add(replace);
    folders.put("LLaMA's", json(pieces, "llama", both, null));
    ObjectNode split = step("Split").put("behavior", "MergedWithPrevious").put("invert", false);
    split.putObject("pattern").put("String", " ");
    folders.put("Gemma's", json(pieces, "gemma", replace, split));
    ObjectNode metaspace =
        step("Metaspace").put("replacement", space).put("prepend_scheme", "first");
    folders.put(METASPACE, json(pieces, "metaspace", null, metaspace.put("split", false)));
    check(llama, folders, pieces.pieces().size());
  }

  @Test
  void byteLevelBpeHasTheSameIdsWithEveryNameThatWeGive() throws IOException {
    LlamaCpp llama = LlamaCpp.there();
    List<String> rows = new ArrayList<>(TEXTS);
    IntStream.range(0, 3).forEach(i -> rows.addAll(TEXTS));
    String trained = BpeTrainer.train(rows, 500);
    Map<String, Path> folders = new HashMap<>();
    for (String name : Words.names()) {
      ObjectNode tokenizer = (ObjectNode) Json.MAPPER.readTree(trained);
      tokenizer.set("pre_tokenizer", WordSteps.of(name));
      ((ObjectNode) tokenizer.path("model")).put("ignore_merges", name.equals("llama-bpe"));
      assertThat(Words.of(tokenizer)).contains(name);
      Path own = Files.createDirectories(folder.resolve(name));
      Files.writeString(own.resolve("tokenizer.json"), tokenizer.toString());
      folders.put(name, own);
    }
    check(llama, folders, 500);
  }

  private void check(LlamaCpp llama, Map<String, Path> folders, int count) throws IOException {
    List<Question> questions = new ArrayList<>();
    for (Path own : folders.values()) {
      Files.writeString(own.resolve("config.json"), "{\"model_type\": \"llama\"}");
      GgufMetadata metadata = new GgufMetadata();
      metadata.text("general.architecture", "llama");
      metadata.number("llama.block_count", 1);
      metadata.number("llama.context_length", 64);
      metadata.number("llama.embedding_length", 64);
      metadata.number("llama.attention.head_count", 1);
      metadata.number("llama.vocab_size", count);
      metadata.real("llama.attention.layer_norm_rms_epsilon", 1e-5);
      Tokens.read(own, count).state(metadata);
      Path file = own.resolve("tokens.gguf");
      GgufFile.write(file, metadata, List.of());
      questions.add(new Question(file, new long[0], TEXTS));
    }
    JsonNode answers = llama.answers(questions, folder);
    List<String> wrong = new ArrayList<>();
    List<String> names = List.copyOf(folders.keySet());
    for (int i = 0; i < names.size(); i++) {
      assertThat(answers.path(i).path("error").asText()).as(names.get(i)).isEmpty();
      try (Tokenizer tokenizer = Tokenizer.open(folders.get(names.get(i)))) {
        for (int text = 0; text < TEXTS.size(); text++) {
          if (names.get(i).equals(METASPACE) && TEXTS.get(text).startsWith(" ")) {
            continue; // as a note says
          }
          String own = Arrays.toString(tokenizer.encode(TEXTS.get(text))).replace(" ", "");
          String found = answers.path(i).path("ids").path(text).toString();
          if (!own.equals(found)) {
            wrong.add(names.get(i) + ": " + TEXTS.get(text) + ": " + own + " but " + found);
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static ObjectNode step(String type) {
    return Json.MAPPER.createObjectNode().put("type", type);
  }

  /** The tokenizer.json that transformers makes of the pieces: every way to make one is a merge. */
  private Path json(SentencePieces pieces, String name, JsonNode normalizer, JsonNode splitting)
      throws IOException {
    ObjectNode tokenizer = Json.MAPPER.createObjectNode().put("version", "1.0");
    tokenizer.set("normalizer", normalizer);
    tokenizer.set("pre_tokenizer", splitting);
    ArrayNode added = tokenizer.putArray("added_tokens");
    ObjectNode model = tokenizer.putObject("model").put("type", "BPE");
    model.put("unk_token", "<unk>").put("fuse_unk", true).put("byte_fallback", true);
    ObjectNode vocabulary = model.putObject("vocab");
    Map<String, Float> scores = new HashMap<>();
    for (int id = 0; id < pieces.pieces().size(); id++) {
      Piece piece = pieces.pieces().get(id);
      vocabulary.put(piece.text(), id);
      if (piece.type() == Type.NORMAL) {
        scores.put(piece.text(), piece.score());
      } else if (piece.type() == Type.CONTROL || piece.type() == Type.UNKNOWN) {
        added
            .addObject()
            .put("id", id)
            .put("content", piece.text())
            .put("special", true)
            .put("normalized", false)
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false);
      }
    }
    ArrayNode merges = model.putArray("merges");
    scores.keySet().stream()
        .sorted(Comparator.comparing(scores::get).reversed())
        .forEach(
            text ->
                IntStream.range(1, text.length())
                    .filter(at -> scores.containsKey(text.substring(0, at)))
                    .filter(at -> scores.containsKey(text.substring(at)))
                    .forEach(at -> merges.add(text.substring(0, at) + " " + text.substring(at))));
    Path own = Files.createDirectories(folder.resolve(name));
    Files.writeString(own.resolve("tokenizer.json"), tokenizer.toString());
    return own;
  }
}
