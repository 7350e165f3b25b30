package dev.secateur.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.input.JsonFile;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.TextModel;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.PerplexityBegin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * A checkpoint's tokenizer: {@code tokenizer.json}, otherwise the SentencePiece model of the
 * original checkpoints. It never truncates, never pads and adds no tokens.
 */
public final class Tokenizer implements AutoCloseable {
  private static final String FAST = "tokenizer.json";
  private static final String SENTENCE_PIECE = "tokenizer.model";
  private static final String CHATGLM = "ice_text.model";

  /** No token's id. */
  private static final long ABSENT = -1;

  /** As many ids as ChatGLM's tokenizer leaves to images where its config does not say. */
  private static final long IMAGES = 20_000;

  private final Vocabulary vocabulary;
  private final ModelConfig config;
  private final long tokens;
  private final long bos;
  private final long eos;
  private final long generationMark;
  private final Path folder;
  private final long begin; // the tokenizer's own, whatever the config says
  private final BeginMarks marks;
  private final Set<Long> ends;

  private Tokenizer(Path folder, Vocabulary vocabulary, ModelConfig config) throws IOException {
    this.folder = folder;
    this.vocabulary = vocabulary;
    this.config = config;
    this.tokens = config.optionalSize("vocab_size").orElse(Integer.MAX_VALUE);
    this.bos = special(config, "bos_token_id");
    this.eos = special(config, "eos_token_id");
    this.generationMark = special(config, "gmask_token_id");
    JsonNode settings = BeginMarks.settings(folder);
    OptionalLong token = BeginMarks.token(settings, vocabulary, optional(bos));
    this.begin = token.orElse(ABSENT);
    this.marks = BeginMarks.of(settings, vocabulary, token);
    this.ends = EndTokens.read(folder, config);
  }

  /**
   * @param folder a checkpoint folder
   * @throws InputException when it has no tokenizer or the file can't be understood
   */
  public static Tokenizer open(Path folder) {
    Path file = file(folder);
    ModelConfig config = TextModel.configOf(ModelConfig.read(folder.resolve("config.json")));
    try {
      return new Tokenizer(folder, vocabulary(file), config);
    } catch (IOException | RuntimeException e) {
      if (e instanceof InputException known) {
        throw known;
      }
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(file + ": can't be read as a tokenizer: " + reason, e);
    }
  }

  /**
   * The file that a folder's tokenizer is read from.
   *
   * @throws InputException when it has none
   */
  public static Path file(Path folder) {
    return List.of(FAST, SENTENCE_PIECE, CHATGLM).stream()
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

  private static long images(Path config) {
    return Files.isRegularFile(config)
        ? JsonFile.read(config, JsonFile.LARGEST_CONFIG).path("num_image_tokens").asLong(IMAGES)
        : IMAGES;
  }

  /** A token's id; the first of them where a config names several. */
  private static long special(ModelConfig config, String key) {
    JsonNode named = config.json().path(key);
    JsonNode id = named.isArray() ? named.path(0) : named;
    if (id.isMissingNode() || id.isNull()) {
      return ABSENT;
    } else if (!id.isIntegralNumber() || !id.canConvertToLong() || id.asLong() < 0) {
      throw config.error(key, "is " + named + ", not a token's id");
    }
    return id.asLong();
  }

  private static OptionalLong optional(long id) {
    return id == ABSENT ? OptionalLong.empty() : OptionalLong.of(id);
  }

  /**
   * The ids of the text, of any length, without special tokens.
   *
   * @throws InputException when the model's vocabulary has no such id
   */
  public long[] encode(String text) {
    long[] ids = vocabulary.encode(text);
    check(ids);
    return ids;
  }

  /**
   * The ids of each of many texts.
   *
   * @throws InputException when the model's vocabulary has no such id
   */
  public List<long[]> encode(List<String> texts) {
    List<long[]> all = vocabulary.encode(texts);
    all.forEach(this::check);
    return all;
  }

  /** Whether a text may be given ids that the model's vocabulary does not have. */
  public boolean mayExceed() {
    return vocabulary.largest() >= tokens;
  }

  private void check(long[] ids) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= tokens) {
        long[] around = Arrays.copyOfRange(ids, Math.max(0, i - 8), Math.min(ids.length, i + 8));
        throw new InputException(
            String.format(
                "the token '%s' in '%s' has id %d, but the model's vocabulary has %d tokens"
                    + " ('vocab_size'); the tokenizer belongs to another model",
                shown(new long[] {ids[i]}), shown(around), ids[i], tokens));
      }
    }
  }

  private String shown(long[] ids) {
    return vocabulary.decode(ids).replaceAll("\\s+", " ").strip();
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
    if (bos == ABSENT) {
      return ids;
    }
    long first = known(bos, "bos_token_id");
    return generationMark == ABSENT
        ? joined(new long[] {first}, ids)
        : joined(ids, known(generationMark, "gmask_token_id"), first);
  }

  /** Whether what is given and what follows are encoded apart, as ChatGLM's are. */
  boolean isTwoPart() {
    return generationMark != ABSENT;
  }

  /** A token of the config, which must be one of the vocabulary to be used. */
  private long known(long id, String key) {
    if (id >= tokens) {
      throw config.error(
          key, "is " + id + ", not one of the " + tokens + " tokens that 'vocab_size' says");
    }
    return id;
  }

  private static long[] joined(long[] first, long... second) {
    return LongStream.concat(LongStream.of(first), LongStream.of(second)).toArray();
  }

  /** The token that begins a document, where the model has one. */
  public OptionalLong bos() {
    return optional(known(bos, "bos_token_id"));
  }

  /**
   * The tokenizer's begin token. Not always {@link #bos}: a tokenizer may have none though the
   * model's config names one.
   */
  public OptionalLong begin() {
    return optional(begin);
  }

  /**
   * What stands before a task's question.
   *
   * @throws InputException when the tokenizer has no such token, or ends texts with one too
   */
  public long[] begin(BeginToken setting) {
    return switch (setting) {
      case NEVER -> new long[0];
      case ALWAYS -> new long[] {required("begin-token", setting)};
      case TOKENIZER -> {
        if (marks.end()) {
          throw new InputException(
              folder
                  + ": the tokenizer adds an end token to every text, so that no question can"
                  + " follow; set begin-token to 'always' or 'never'");
        }
        yield marks.own().clone();
      }
    };
  }

  /**
   * What stands before the text of a perplexity, or before each of its windows; nothing where it is
   * to stand at the start and the tokenizer has no begin token.
   *
   * @throws InputException when it is to stand before each window and the tokenizer has none
   */
  public OptionalLong begin(PerplexityBegin setting) {
    return switch (setting) {
      case NONE -> OptionalLong.empty();
      case START -> begin();
      case WINDOW -> OptionalLong.of(required("perplexity-begin", setting));
    };
  }

  private long required(String key, Labelled setting) {
    if (isTwoPart()) {
      throw new InputException(
          folder
              + ": ChatGLM's begin-of-sequence token follows a prompt and can't be put before"
              + " it, as "
              + key
              + " '"
              + setting.label()
              + "' asks");
    }
    return begin()
        .orElseThrow(
            () ->
                new InputException(
                    folder
                        + ": the tokenizer has no begin-of-sequence token, which "
                        + key
                        + " '"
                        + setting.label()
                        + "' requires"));
  }

  /** What a token is called, a special one too. */
  public String piece(long id) {
    return vocabulary.piece(id);
  }

  /** The tokens after which a model has written all: none, one or several. */
  public Set<Long> ends() {
    return ends;
  }

  /** The token that ends a document, where the model has one. */
  public OptionalLong eos() {
    return optional(known(eos, "eos_token_id"));
  }

  @Override
  public void close() {
    vocabulary.close();
  }
}
