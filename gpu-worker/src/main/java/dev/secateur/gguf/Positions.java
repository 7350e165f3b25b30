package dev.secateur.gguf;

import dev.secateur.model.Rope;
import dev.secateur.model.Rope.Scaling;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Rotary positions as GGUF states them: keys, and vectors of factors. */
final class Positions {
  private final Architecture architecture;
  private final Traits traits;
  private final int headWidth;

  /** What counts is the first, of the blocks that see everything; empty without any. */
  private final List<Rope> ropes;

  /**
   * @throws dev.secateur.protocol.InputException when llama.cpp's graph has no such positions
   */
  Positions(Architecture architecture, Traits traits, int headWidth) {
    this.headWidth = headWidth;
    this.architecture = architecture;
    this.traits = traits;
    List<Rope> full = ropes(false);
    List<Rope> all = traits.ropes().stream().flatMap(List::stream).distinct().toList();
    if (full.size() > 1 || ropes(true).size() > 1) {
      throw Architecture.refused("its blocks have different rotary positions: " + full);
    }
    this.ropes = Stream.concat(full.stream(), all.stream()).toList();
    all.forEach(this::check);
  }

  /** The distinct positions of blocks that see everything, or of those with a window. */
  private List<Rope> ropes(boolean windowed) {
    List<Rope> found = new ArrayList<>();
    for (int layer = 0; layer < traits.attentions().size(); layer++) {
      if (hasOwnPositions() && traits.attentions().get(layer).window() > 0 != windowed) {
        continue;
      }
      found.addAll(traits.ropes().get(layer));
    }
    return found.stream().distinct().toList();
  }

  private boolean hasOwnPositions() {
    return architecture.name().equals("gemma3");
  }

  private void check(Rope one) {
    if (!architecture.scalings().contains(one.scaling().getClass())) {
      throw Architecture.refused(
          "llama.cpp's '"
              + architecture.name()
              + "' does not stretch rotary positions as this model does: "
              + one.scaling());
    } else if (architecture.isApart() && one.width() != headWidth) {
      throw Architecture.refused(
          "llama.cpp's '"
              + architecture.name()
              + "' rotates all "
              + headWidth
              + " channels of a head, this model only "
              + one.width());
    } else if (!one.positions().equals(new Rope.Positions.Sequence())) {
      throw Architecture.refused("its positions are not the indices of the tokens");
    } else if (one.scaling() instanceof Scaling.Yarn yarn
        && !yarn.truncate()
        && !architecture.name().equals("gpt-oss")) { // all of whose checkpoints are so
      throw Architecture.refused("llama.cpp's yarn begins and ends at whole channels (truncate)");
    }
  }

  /** The length above which texts have other factors; zero where all have the same. */
  int longAbove() {
    return scaling() instanceof Scaling.LongRope longRope ? longRope.trained() : 0;
  }

  private Scaling scaling() {
    return ropes.isEmpty() ? new Scaling.None() : ropes.get(0).scaling();
  }

  /** What llama.cpp does otherwise. */
  List<String> notes() {
    return scaling() instanceof Scaling.Yarn yarn && !yarn.truncate()
        ? List.of(
            "llama.cpp's yarn begins and ends at whole channels, this model's may do so between"
                + " two: its probabilities differ slightly")
        : List.of();
  }

  void state(GgufMetadata metadata) {
    if (ropes.isEmpty()) {
      return;
    }
    Rope rope = ropes.get(0);
    String prefix = architecture.name() + ".rope.";
    metadata.number(prefix + "dimension_count", rope.width());
    metadata.real(prefix + "freq_base", rope.theta());
    ropes(true).stream()
        .filter(own -> hasOwnPositions())
        .forEach(own -> metadata.real(prefix + "freq_base_swa", own.theta()));
    String scaling = prefix + "scaling.";
    if (rope.scaling() instanceof Scaling.Linear linear) {
      metadata.text(scaling + "type", "linear").real(scaling + "factor", linear.factor());
    } else if (rope.scaling() instanceof Scaling.Yarn yarn) {
      metadata.text(scaling + "type", "yarn").real(scaling + "factor", yarn.factor());
      metadata.number(scaling + "original_context_length", yarn.trained());
      metadata.real(scaling + "yarn_beta_fast", yarn.fast());
      metadata.real(scaling + "yarn_beta_slow", yarn.slow());
      // llama.cpp multiplies with the usual amplitude of the factor by itself.
      metadata.real(
          scaling + "attn_factor", yarn.amplitude() / (1 + 0.1 * Math.log(yarn.factor())));
    } else if (rope.scaling() instanceof Scaling.LongRope longRope) {
      metadata.text(scaling + "type", "longrope");
      metadata.number(scaling + "original_context_length", longRope.trained());
      metadata.real(scaling + "attn_factor", longRope.amplitude());
    }
  }

  /** What wave lengths are multiplied with, where that is a vector. */
  List<GgufTensor> factors() {
    if (scaling() instanceof Scaling.Llama3) {
      Rope rope = ropes.get(0);
      double[] plain = Rope.plain(rope.theta(), rope.width()).frequencies(1);
      double[] scaled = rope.frequencies(1);
      float[] factors = new float[plain.length];
      for (int pair = 0; pair < factors.length; pair++) {
        factors[pair] = (float) (plain[pair] / scaled[pair]);
      }
      return List.of(GgufTensor.of("rope_freqs.weight", factors));
    } else if (scaling() instanceof Scaling.LongRope longRope) {
      return List.of(
          GgufTensor.of("rope_factors_long.weight", floats(longRope.longFactors())),
          GgufTensor.of("rope_factors_short.weight", floats(longRope.shortFactors())));
    }
    return List.of();
  }

  private static float[] floats(List<Double> numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = numbers.get(i).floatValue();
    }
    return floats;
  }
}
