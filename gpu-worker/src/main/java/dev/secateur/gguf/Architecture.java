package dev.secateur.gguf;

import dev.secateur.checkpoint.BlockSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.Ops.Activation;
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
 * @param activation of the MLPs
 * @param scalings of rotary positions that the graph computes; none where it has no such positions
 */
record Architecture(
    String name,
    boolean neighbours,
    boolean freeHeads,
    Activation activation,
    Set<Class<? extends Scaling>> scalings) {
  private static final Set<Class<? extends Scaling>> PLAIN =
      Set.of(Scaling.None.class, Scaling.Linear.class, Scaling.Yarn.class);
  private static final Set<Class<? extends Scaling>> WITH_FACTORS =
      Set.of(Scaling.None.class, Scaling.Linear.class, Scaling.Yarn.class, Scaling.Llama3.class);
  private static final Set<Class<? extends Scaling>> ALL =
      Set.of(
          Scaling.None.class,
          Scaling.Linear.class,
          Scaling.Yarn.class,
          Scaling.Llama3.class,
          Scaling.LongRope.class);

  private static final Architecture LLAMA = gated("llama", true, true, ALL);

  /** LLaMA whose blocks differ in their numbers of heads and channels. */
  private static final Architecture DECI = gated("deci", true, true, ALL);

  /** Families that compute as LLaMA does, so that its graphs take them where theirs does not. */
  private static final Set<String> AS_LLAMA =
      Set.of("llama", "mistral", "baichuan", "qwen2", "phi3");

  /** Qwen 3 whose blocks differ and whose output layer is the embedding, under another name. */
  private static final Architecture OPENELM = gated("openelm", false, true, PLAIN);

  private static final Map<String, Architecture> FAMILIES =
      Map.ofEntries(
          Map.entry("llama", LLAMA),
          Map.entry("mistral", LLAMA),
          Map.entry("mixtral", LLAMA),
          Map.entry("baichuan", LLAMA),
          Map.entry("qwen2", gated("qwen2", false, false, PLAIN)),
          Map.entry("qwen3", gated("qwen3", false, true, PLAIN)),
          Map.entry("qwen3_moe", gated("qwen3moe", false, true, PLAIN)),
          Map.entry("gemma2", gemma("gemma2", Set.of(Scaling.None.class))),
          Map.entry(
              "gemma3_text", gemma("gemma3", Set.of(Scaling.None.class, Scaling.Linear.class))),
          Map.entry(
              "phi3",
              gated("phi3", false, false, Set.of(Scaling.None.class, Scaling.LongRope.class))),
          Map.entry("olmo2", gated("olmo2", false, false, PLAIN)),
          Map.entry("olmoe", gated("olmoe", false, false, PLAIN)),
          Map.entry("granite", gated("granite", true, true, WITH_FACTORS)),
          Map.entry("smollm3", gated("smollm3", true, true, PLAIN)),
          Map.entry(
              "gpt_oss", new Architecture("gpt-oss", false, true, Activation.GELU_SIGMOID, PLAIN)),
          Map.entry("gpt2", plain("gpt2", Set.of())),
          Map.entry("gpt_neox", plain("gptneox", PLAIN)),
          Map.entry("bloom", plain("bloom", Set.of())));

  /** Families that no graph of llama.cpp computes, and why. */
  private static final Map<String, String> NONE =
      Map.of(
          "opt", "it has no architecture for OPT",
          "chatglm", "what it calls 'chatglm' is a later model with another mask and positions");

  private static Architecture gated(
      String name, boolean neighbours, boolean freeHeads, Set<Class<? extends Scaling>> scalings) {
    return new Architecture(name, neighbours, freeHeads, Activation.SILU, scalings);
  }

  private static Architecture gemma(String name, Set<Class<? extends Scaling>> scalings) {
    return new Architecture(name, false, true, Activation.GELU_TANH, scalings);
  }

  /** With layer norms and biases everywhere. */
  private static Architecture plain(String name, Set<Class<? extends Scaling>> scalings) {
    return new Architecture(name, false, false, Activation.GELU_TANH, scalings);
  }

  /**
   * @throws InputException when llama.cpp has none for a model of these sizes, with the reason
   */
  static Architecture of(Decoder decoder, BlockSizes blocks) {
    if (NONE.containsKey(decoder.family())) {
      throw refused("llama.cpp does not support this model: " + NONE.get(decoder.family()));
    }
    Architecture family = FAMILIES.get(decoder.family());
    if (family == null) {
      throw refused(
          "models of the family '"
              + decoder.family()
              + "' are not written as GGUF; those of "
              + String.join(", ", new TreeSet<>(FAMILIES.keySet()))
              + " are");
    }
    boolean asLlama = AS_LLAMA.contains(decoder.family());
    if (!blocks.isUniform()) {
      if (decoder.family().equals("qwen3") && isTied(decoder)) {
        return OPENELM;
      } else if (!asLlama && !decoder.family().equals("granite")) {
        throw refused(
            "llama.cpp's '"
                + family.name
                + "' requires blocks of one size; here "
                + blocks.differences());
      }
      return DECI;
    }
    long heads = blocks.heads().get(0).get(0) * decoder.headWidth();
    if (family.freeHeads || heads == blocks.width()) {
      return family;
    } else if (asLlama) {
      return LLAMA;
    }
    throw refused(
        "llama.cpp's '"
            + family.name
            + "' requires heads that fill the width of "
            + blocks.width()
            + "; here they have "
            + heads
            + " channels; remove layers, or MLP channels alone by a recipe");
  }

  private static boolean isTied(Decoder decoder) {
    return decoder.parameters().stream().noneMatch(of -> of.name().equals("lm_head.weight"));
  }

  /** Whether fused matrices of queries, keys and values, and of gates and channels, are cut up. */
  boolean isApart() {
    return equals(LLAMA) || equals(DECI);
  }

  /** Whether norms take the mean away, and every map has a bias. */
  boolean isPlain() {
    return Set.of("gpt2", "gptneox", "bloom").contains(name);
  }

  static InputException refused(String reason) {
    return new InputException("no GGUF is written: " + reason);
  }

  /**
   * @throws InputException with the reason unless it holds
   */
  void require(boolean holds, String reason) {
    if (!holds) {
      throw refused("llama.cpp's '" + name + "' differs: " + reason);
    }
  }
}
