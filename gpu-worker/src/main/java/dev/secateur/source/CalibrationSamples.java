package dev.secateur.source;

import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Samples;
import dev.secateur.text.Dialogue;
import dev.secateur.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/** Draws calibration batches as {@link Samples} specifies; no place of a text is used twice. */
public final class CalibrationSamples {
  private final Samples samples;
  private final Tokenizer tokenizer;

  private CalibrationSamples(Samples samples, Tokenizer tokenizer) {
    this.samples = samples;
    this.tokenizer = tokenizer;
  }

  /** The batch for a checkpoint, by its tokenizer. */
  public static Batch draw(Samples samples, Path checkpoint) {
    try (Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
      return draw(samples, tokenizer);
    }
  }

  /**
   * @throws InputException when the text is too short
   */
  static Batch draw(Samples samples, Tokenizer tokenizer) {
    CalibrationSamples drawing = new CalibrationSamples(samples, tokenizer);
    return switch (samples.sampling()) {
      case ROWS -> Batch.causal(drawing.fromRows());
      case WINDOW -> Batch.causal(drawing.windowsOfRows());
      case DIALOGUE -> drawing.fromDialogues();
    };
  }

  private Batch fromDialogues() {
    List<Dialogue> dialogues = Texts.dialogues(samples.text(), samples.count());
    return named(() -> Dialogue.batch(dialogues, tokenizer, samples.length()));
  }

  private long[] encoded(String text) {
    return named(() -> tokenizer.encode(text));
  }

  /** Errors of the tokenizer name no text. */
  private <T> T named(Supplier<T> tokens) {
    try {
      return tokens.get();
    } catch (InputException e) {
      throw new InputException(samples.text().name() + ": " + e.getMessage(), e);
    }
  }

  private long[][] fromRows() {
    List<String> rows = Texts.sampleRows(samples.text());
    if (rows.size() < samples.count()) {
      return windowsOfAll(rows);
    }
    return new Random(samples.seed())
        .ints(0, rows.size())
        .distinct()
        .limit(samples.count())
        .mapToObj(row -> from(rows, row))
        .toArray(long[][]::new);
  }

  private long[] from(List<String> rows, int first) {
    StringBuilder joined = new StringBuilder(rows.get(first));
    for (int next = 1; next <= rows.size(); next++) {
      // A token has a few characters; encode only once there may be enough of them.
      if (joined.length() >= samples.length()) {
        long[] ids = encoded(joined.toString());
        if (ids.length >= samples.length()) {
          return Arrays.copyOf(ids, samples.length());
        }
      }
      joined.append(Texts.separator(samples.text())).append(rows.get((first + next) % rows.size()));
    }
    throw tooShort("is too short for", 1);
  }

  /** A text of few rows: windows at random places. */
  private long[][] windowsOfAll(List<String> rows) {
    long[] document = encoded(String.join("\n", rows));
    int places = document.length / samples.length();
    if (places < samples.count()) {
      throw tooShort("is too short for", samples.count());
    }
    return new Random(samples.seed())
        .ints(0, places)
        .distinct()
        .limit(samples.count())
        .mapToObj(place -> window(document, place * samples.length()))
        .toArray(long[][]::new);
  }

  private long[][] windowsOfRows() {
    List<String> rows = new ArrayList<>(Texts.sampleRows(samples.text()));
    Random random = new Random(samples.seed());
    Collections.shuffle(rows, random);
    List<long[]> windows = new ArrayList<>();
    for (int row = 0; row < rows.size() && windows.size() < samples.count(); row++) {
      // A token is a byte at least, so that most short rows need not be encoded.
      if (4L * rows.get(row).length() + 1 >= samples.length()) {
        long[] ids = withBos(encoded(rows.get(row)));
        if (ids.length >= samples.length()) {
          windows.add(window(ids, random.nextInt(ids.length - samples.length() + 1)));
        }
      }
    }
    if (windows.size() < samples.count()) {
      throw tooShort("has " + windows.size() + " rows that are long enough for", samples.count());
    }
    return windows.toArray(long[][]::new);
  }

  private long[] withBos(long[] ids) {
    return tokenizer.bos().isEmpty()
        ? ids
        : LongStream.concat(LongStream.of(tokenizer.bos().getAsLong()), Arrays.stream(ids))
            .toArray();
  }

  private long[] window(long[] ids, int start) {
    return Arrays.copyOfRange(ids, start, start + samples.length());
  }

  private InputException tooShort(String what, int count) {
    return new InputException(
        samples.text().name()
            + ": "
            + what
            + " "
            + count
            + " calibration samples of "
            + samples.length()
            + " tokens");
  }
}
