package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Kind.whole;

import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.SweepConfig.Calibration;
import dev.secateur.protocol.TextRef;

/** Reads {@code calibration}. */
public final class CalibrationSection {
  private static final Key<String> TEXT =
      Key.of("text", Kind.text(), TextRef.WORDNET, "what samples are drawn from");
  private static final Key<Integer> PARTS =
      Key.of(
          "parts",
          whole(1, 10_000),
          1,
          "into how many stages the estimation of criteria whose statistics add up is split");

  private CalibrationSection() {}

  static Calibration read(Section section, SourceNames names, long seed) {
    Calibration calibration =
        new Calibration(samples(section, names.text(section, TEXT), seed), section.get(PARTS));
    section.finish();
    return calibration;
  }

  /** The samples, as a sweep or the command line says. */
  public static Samples samples(Values values, TextRef text, long seed) {
    return new Samples(
        text,
        values.get(
            Key.of(
                "sampling",
                Kind.label(Sampling.class),
                Sampling.ROWS,
                "`rows`: from a random row on; `window`: a random window of a row that is long"
                    + " enough, as published; `dialogue`: answers to the first dialogues, as"
                    + " published for ChatGLM")),
        values.get(Key.of("samples", whole(1, 100_000), 10, "samples to draw")),
        values.get(Key.of("length", whole(2, 1_000_000), 64, "tokens of a sample").unit("tokens")),
        seed,
        values.get(
            Key.of(
                "token-fisher",
                Kind.flag(),
                false,
                "second-order criteria average the squared gradients of tokens, not samples")),
        values.get(
            Key.of(
                "activations",
                Kind.label(Activations.class),
                Activations.AUTO,
                "`keep` them for the gradients, `recompute` them (less memory, more time), or"
                    + " `auto`")));
  }
}
