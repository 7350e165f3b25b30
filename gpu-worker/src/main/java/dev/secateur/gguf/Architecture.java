package dev.secateur.gguf;

import dev.secateur.checkpoint.BlockSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.Rope.Scaling;
import dev.secateur.protocol.InputException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The graph of llama.cpp that computes a family's models.
 *
 * @param name as GGUF has it
 * @param neighbours whether rotary positions turn neighbouring channels against each other, where
 *     Hugging Face's turn the halves of a head, so that rows are stored in another order
 * @param freeHeads whether there may be more or fewer heads than fill the width
 * @param scalings of rotary positions that the graph computes
 */
record Architecture(
    String name, boolean neighbours, boolean freeHeads, Set<Class<? extends Scaling>> scalings) {
  private static final Set<Class<? extends Scaling>> PLAIN =
      Set.of(Scaling.None.class, Scaling.Linear.class, Scaling.Yarn.class);
  private static final Set<Class<? extends Scaling>> WITH_FACTORS =
      Set.of(Scaling.None.class, Scaling.Linear.class, Scaling.Yarn.class, Scaling.Llama3.class);

  private static final Architecture LLAMA = new Architecture("llama", true, true, WITH_FACTORS);

  /** LLaMA whose blocks differ in their numbers of heads and channels. */
  private static final Architecture DECI = new Architecture("deci", true, true, WITH_FACTORS);

  private static final Map<String, Architecture> FAMILIES =
      Map.of(
          "llama", LLAMA,
          "mistral", LLAMA,
          "qwen2", new Architecture("qwen2", false, false, PLAIN),
          "qwen3", new Architecture("qwen3", false, true, PLAIN),
          "gemma2", new Architecture("gemma2", false, true, Set.of(Scaling.None.class)),
          "gemma3_text",
              new Architecture(
                  "gemma3", false, true, Set.of(Scaling.None.class, Scaling.Linear.class)),
          "phi3",
              new Architecture(
                  "phi3", false, false, Set.of(Scaling.None.class, Scaling.LongRope.class)),
          "olmo2", new Architecture("olmo2", false, false, PLAIN),
          "granite", new Architecture("granite", true, true, WITH_FACTORS),
          "smollm3", new Architecture("smollm3", true, true, PLAIN));

  /**
   * @throws InputException when llama.cpp has none for a model of these sizes, with the reason
   */
  static Architecture of(Decoder decoder, BlockSizes blocks) {
    Architecture family = FAMILIES.get(decoder.family());
    if (family == null) {
      throw refused(
          "models of the family '"
              + decoder.family()
              + "' are not written as GGUF; those of "
              + String.join(", ", new TreeSet<>(FAMILIES.keySet()))
              + " are");
    }
    if (!blocks.isUniform()) {
      if (family != LLAMA) {
        throw refused(
            "llama.cpp's '"
                + family.name
                + "' takes blocks of one size, and here "
                + blocks.differences());
      }
      family = DECI;
    }
    long heads = blocks.heads().get(0).get(0) * decoder.headWidth();
    if (!family.freeHeads && heads != blocks.width()) {
      throw refused(
          "llama.cpp's '"
              + family.name
              + "' takes as many heads as fill the width of "
              + blocks.width()
              + ", and here they have "
              + heads
              + " channels; prune MLP channels or layers alone");
    }
    return family;
  }

  static InputException refused(String reason) {
    return new InputException("no GGUF is written: " + reason);
  }
}
