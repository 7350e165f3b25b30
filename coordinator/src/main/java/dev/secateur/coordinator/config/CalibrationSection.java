package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Key.flag;
import static dev.secateur.coordinator.config.Key.label;
import static dev.secateur.coordinator.config.Key.text;
import static dev.secateur.coordinator.config.Key.whole;

import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.SweepConfig.Calibration;
import dev.secateur.protocol.TextRef;
import java.util.List;

/** Reads {@code calibration}. */
public final class CalibrationSection {
  public static final Key<Integer> SAMPLES = whole("samples", 1, 100_000, 10, "samples to draw");
  public static final Key<Integer> LENGTH = whole("length", 2, 1_000_000, 64, "tokens of a sample");

  private CalibrationSection() {}

  /** One to each combination of text, sampling, samples and length. */
  static List<Calibration> read(Section section, SourceNames names, long seed) {
    return SectionGrid.expanded(section, Axes.CALIBRATION).stream()
        .map(one -> one(one, names, seed))
        .toList();
  }

  private static Calibration one(Section section, SourceNames names, long seed) {
    TextRef text =
        names.text(section, text("text", "what samples are drawn from").or(TextRef.WORDNET));
    Calibration calibration =
        new Calibration(
            samples(section, text, seed),
            section.get(
                whole(
                    "parts",
                    1,
                    10_000,
                    1,
                    "stages that share an estimation whose statistics add up")));
    section.finish();
    return calibration;
  }

  /** The samples, as a sweep or the command line says. */
  public static Samples samples(Values values, TextRef text, long seed) {
    return new Samples(
        text,
        values.get(
            label(
                "sampling",
                Sampling.ROWS,
                "`rows`: from a random row on; `window`: a random window of a row that is long"
                    + " enough, as published; `dialogue`: answers to the first dialogues, as"
                    + " published for ChatGLM")),
        values.get(SAMPLES),
        values.get(LENGTH),
        seed,
        values.get(
            flag(
                "token-fisher",
                "second-order criteria average the squared gradients of tokens, not samples")),
        values.get(
            label(
                "activations",
                Activations.AUTO,
                "`keep` them for the gradients, `recompute` them (less memory, more time), or"
                    + " `auto`")));
  }
}
