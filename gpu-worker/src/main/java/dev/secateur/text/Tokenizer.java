package dev.secateur.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.model.ModelConfig;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * A checkpoint's tokenizer: {@code tokenizer.json}, else the SentencePiece model of the original
 * checkpoints. It never truncates, never pads and adds no token of its own.
 */
public final class Tokenizer implements AutoCloseable {
  private static final String FAST = "tokenizer.json";
  private static final String SENTENCE_PIECE = "tokenizer.model";
  private static final String CHATGLM = "ice_text.model";

  /** As many ids as ChatGLM's tokenizer leaves to images where its config does not say. */
  private static final long IMAGES = 20_000;

  private final Vocabulary vocabulary;
  private final OptionalLong bos;
  private final OptionalLong eos;
  private final OptionalLong generationMark;

  private Tokenizer(Vocabulary vocabulary, ModelConfig config) {
    this.vocabulary = vocabulary;
    this.bos = special(config, "bos_token_id");
    this.eos = special(config, "eos_token_id");
    this.generationMark = special(config, "gmask_token_id");
  }

  /**
   * @param folder a checkpoint folder
   * @throws InputException when it has no tokenizer or the file can't be understood
   */
  public static Tokenizer open(Path folder) {
    Path file =
        List.of(FAST, SENTENCE_PIECE, CHATGLM).stream()
            .map(folder::resolve)
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        folder.resolve(FAST)
                            + ": no such file, nor "
                            + SENTENCE_PIECE
                            + "; the checkpoint has no tokenizer"));
    ModelConfig config = ModelConfig.read(folder.resolve("config.json"));
    try {
      return new Tokenizer(vocabulary(file), config);
    } catch (IOException | RuntimeException e) {
      if (e instanceof InputException known) {
        throw known;
      }
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(file + ": can't be read as a tokenizer: " + reason, e);
    }
  }

  private static Vocabulary vocabulary(Path file) throws IOException {
    return switch (file.getFileName().toString()) {
      case FAST -> JsonVocabulary.open(file);
      case CHATGLM ->
          new ChatGlmVocabulary(
              SentencePieceVocabulary.open(file),
              images(file.resolveSibling("tokenizer_config.json")));
      default -> SentencePieceVocabulary.open(file);
    };
  }

  private static long images(Path config) throws IOException {
    return Files.isRegularFile(config)
        ? new ObjectMapper().readTree(config.toFile()).path("num_image_tokens").asLong(IMAGES)
        : IMAGES;
  }

  /** A token's id; the first of them where a config names several. */
  private static OptionalLong special(ModelConfig config, String key) {
    JsonNode named = config.json().path(key);
    JsonNode id = named.isArray() ? named.path(0) : named;
    if (id.isMissingNode() || id.isNull()) {
      return OptionalLong.empty();
    } else if (!id.isIntegralNumber() || !id.canConvertToLong() || id.asLong() < 0) {
      throw config.error(key, "is " + named + ", not a token's id");
    }
    return OptionalLong.of(id.asLong());
  }

  /** The ids of the text, of any length, without special tokens. */
  public long[] encode(String text) {
    return vocabulary.encode(text);
  }

  /** The ids of each of many texts. */
  public List<long[]> encode(List<String> texts) {
    return vocabulary.encode(texts);
  }

  /** The text of the ids, special tokens left out. */
  public String decode(long[] ids) {
    return vocabulary.decode(ids);
  }

  /**
   * Ids as something to go on from: after the begin token, where the model has one; ChatGLM's stand
   * before its mark of what is to be generated and its begin token.
   */
  public long[] prompt(long[] ids) {
    if (generationMark.isPresent() && bos.isPresent()) {
      return joined(ids, generationMark.getAsLong(), bos.getAsLong());
    }
    return bos.isPresent() ? joined(new long[] {bos.getAsLong()}, ids) : ids;
  }

  /** Whether what is given and what follows are encoded apart, as ChatGLM's are. */
  boolean isTwoPart() {
    return generationMark.isPresent();
  }

  private static long[] joined(long[] first, long... second) {
    return LongStream.concat(LongStream.of(first), LongStream.of(second)).toArray();
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
    vocabulary.close();
  }
}
