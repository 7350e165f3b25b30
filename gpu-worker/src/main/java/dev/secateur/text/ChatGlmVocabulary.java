package dev.secateur.text;

import java.util.Arrays;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ChatGLM-6B's use of its SentencePiece model: line breaks, tabs and runs of spaces are pieces with
 * names, and ids begin after those of images.
 *
 * @param images how many ids come before the first piece's
 */
record ChatGlmVocabulary(Vocabulary pieces, long images) implements Vocabulary {
  private static final int LONGEST_BLANK = 80;
  private static final Pattern BLANKS = Pattern.compile(" {2," + LONGEST_BLANK + "}");
  private static final Pattern NAMED_BLANK = Pattern.compile("<\\|blank_(\\d{1,2})\\|>");

  @Override
  public long[] encode(String text) {
    String named = text.replace("\n", "<n>").replace("\t", "<|tab|>");
    named = BLANKS.matcher(named).replaceAll(blanks -> "<|blank_" + blanks.group().length() + "|>");
    return Arrays.stream(pieces.encode(named)).map(id -> id + images).toArray();
  }

  @Override
  public long largest() {
    return pieces.largest() + images;
  }

  /** Special tokens lie beyond the pieces and have no text. */
  @Override
  public String decode(long[] ids) {
    long[] own = Arrays.stream(ids).map(id -> id - images).filter(this::isPiece).toArray();
    String named = pieces.decode(own).replace("<n>", "\n").replace("<|tab|>", "\t");
    return NAMED_BLANK
        .matcher(named)
        .replaceAll(
            blank -> Matcher.quoteReplacement(" ".repeat(Integer.parseInt(blank.group(1)))));
  }

  @Override
  public String piece(long id) {
    return isPiece(id - images) ? pieces.piece(id - images) : "token " + id;
  }

  @Override
  public OptionalLong id(String piece) {
    OptionalLong id = pieces.id(piece);
    return id.isPresent() ? OptionalLong.of(id.getAsLong() + images) : id;
  }

  private boolean isPiece(long id) {
    return id >= 0 && id < FIRST_SPECIAL;
  }

  /** ChatGLM's special tokens follow its pieces, of which there are as many. */
  private static final long FIRST_SPECIAL = 130_000;

  @Override
  public void close() {
    pieces.close();
  }
}
