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
  public static final Key<Integer> SAMPLES = whole("samples", 1, 100_000, 10, "number of samples");
  public static final Key<Integer> LENGTH = whole("length", 2, 1_000_000, 64, "tokens per sample");

  private CalibrationSection() {}

  /** One to each combination of text, sampling, samples and length. */
  static List<Calibration> read(Section section, SourceNames names, long seed) {
    return SectionGrid.expanded(section, Axes.CALIBRATION).stream()
        .map(one -> one(one, names, seed))
        .toList();
  }

  private static Calibration one(Section section, SourceNames names, long seed) {
    TextRef text =
        names.text(section, text("text", "text that samples are drawn from").or(TextRef.WORDNET));
    Calibration calibration =
        new Calibration(
            samples(section, text, seed),
            section.get(
                whole(
                    "parts",
                    1,
                    10_000,
                    1,
                    "number of stages that an estimation is split into, for criteria whose"
                        + " statistics are sums over samples")));
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
                "`rows`: text from a random row onwards; `window`: a random window of a row"
                    + " that is long enough, as published; `dialogue`: answers of the first"
                    + " dialogues, as published for ChatGLM")),
        values.get(SAMPLES),
        values.get(LENGTH),
        seed,
        values.get(
            flag(
                "token-fisher",
                "average squared gradients over tokens instead of samples, in second-order"
                    + " criteria")),
        values.get(
            label(
                "activations",
                Activations.AUTO,
                "activations of the forward pass: `keep` them for the gradients, `recompute`"
                    + " them (less memory, more time), or `auto`")));
  }
}
