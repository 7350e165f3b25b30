package dev.secateur.actors.cli;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The pruned model with the lowest perplexity so far; dense models do not count. */
final class BestSoFar {
  private static final String EVALUATION = "evaluation of ";

  private String model = "";
  private double perplexity = Double.POSITIVE_INFINITY;

  /**
   * A stage has measured something.
   *
   * @param words what people call the stage; further texts are told by {@code , on NAME}
   */
  void measured(String words, Map<String, Double> metrics) {
    Double measured = metrics.get("perplexity");
    boolean pruned =
        words.startsWith(EVALUATION)
            && words.contains(", ")
            && !words.endsWith(", dense")
            && !words.contains(", on ")
            && !words.contains("from scratch");
    if (pruned && measured != null && measured < perplexity) {
      perplexity = measured;
      model = words.substring(EVALUATION.length());
    }
  }

  /** In a line; none before anything was measured. */
  Optional<String> line() {
    return model.isEmpty()
        ? Optional.empty()
        : Optional.of(
            String.format(Locale.ROOT, "best so far: perplexity %.3f, %s", perplexity, model));
  }
}
