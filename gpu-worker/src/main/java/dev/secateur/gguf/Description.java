package dev.secateur.gguf;

import dev.secateur.checkpoint.BlockSizes;
import dev.secateur.model.Alibi;
import dev.secateur.model.Decoder;
import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The metadata of a model in GGUF; models that llama.cpp's graph does not compute are refused. */
final class Description {
  private final Decoder decoder;
  private final BlockSizes blocks;
  private final Architecture architecture;
  private final Traits traits;
  private final Positions positions;
  private final Mixtures mixtures;
  private final Set<String> tensors;
  private final List<String> notes = new ArrayList<>();

  /**
   * @throws dev.secateur.protocol.InputException when llama.cpp computes no such model
   */
  Description(Decoder decoder) {
    this.decoder = decoder;
    this.blocks = BlockSizes.of(decoder);
    this.architecture = Architecture.of(decoder, blocks);
    this.traits = Traits.of(decoder);
    this.positions = new Positions(architecture, traits, decoder.headWidth());
    this.tensors = new Names(decoder, architecture).tensors();
    this.mixtures = new Mixtures(decoder, blocks, architecture, traits);
    check();
    checkNorms();
    checkBiases();
    notes.addAll(positions.notes());
    if (positions.longAbove() > 0) {
      notes.add(
          "llama.cpp uses the positions of long texts in every context of more than "
              + positions.longAbove()
              + " tokens, this model only in longer texts");
    }
  }

  Architecture architecture() {
    return architecture;
  }

  Traits traits() {
    return traits;
  }

  Positions positions() {
    return positions;
  }

  BlockSizes blocks() {
    return blocks;
  }

  /** What llama.cpp does otherwise in some cases. */
  List<String> notes() {
    return notes;
  }

  /** What tensors are multiplied with, which the graph does not do. */
  Multipliers multipliers() {
    boolean tied = !tensors.contains(Names.OUTPUT);
    if (isGemma()) {
      return new Multipliers(
          traits.embedScale() / Math.sqrt((double) blocks.width()), 1, 1, 1, tied);
    } else if (architecture.isApart()) {
      return new Multipliers(
          traits.embedScale(),
          traits.attentions().get(0).scale() * Math.sqrt(scaledBy()),
          traits.blockScales().iterator().next(),
          traits.logitScale(),
          tied);
    }
    return Multipliers.NONE;
  }

  private boolean isGemma() {
    return architecture.name().startsWith("gemma");
  }

  private void check() {
    Activation activation = architecture.activation();
    for (Activation own : traits.activations()) {
      boolean nearly = own == Activation.GELU && activation == Activation.GELU_TANH;
      if (nearly) {
        notes.add("llama.cpp computes GELU by its approximation with tanh, this model exactly");
      }
      require(
          own == activation || nearly,
          "its MLPs use " + own + ", where the graph uses " + activation);
    }
    require(traits.norms().size() == 1, "its norms add different numbers: " + traits.norms());
    traits.attentions().forEach(this::check);
    require(
        multiplies() || traits.blockScales().equals(Set.of(1.0)), "its blocks scale what they add");
    require(traits.blockScales().size() == 1, "its blocks scale what they add differently");
    require(multiplies() || traits.logitScale() == 1, "its logits are scaled");
    boolean caps = architecture.name().equals("gemma2");
    require(!caps || !tensors.contains(Names.OUTPUT), "its output layer is not the embedding");
    require(caps == traits.logitCap() > 0, "its logits are " + (caps ? "not " : "") + "bounded");
    if (architecture.name().equals("smollm3")) {
      for (int layer = 0; layer < decoder.layers(); layer++) {
        boolean turned = !traits.ropes().get(layer).isEmpty();
        require(
            turned == ((layer + 1) % 4 != 0),
            "every fourth block of the graph has no rotary positions, and here block "
                + layer
                + (turned ? " has them" : " has none"));
      }
    } else {
      boolean turns = !architecture.scalings().isEmpty();
      require(
          traits.ropes().stream().allMatch(ropes -> ropes.isEmpty() != turns),
          "some blocks have " + (turns ? "no " : "") + "rotary positions");
    }
  }

  private void checkNorms() {
    require(traits.isCentred() == architecture.isPlain(), "it has norms of another kind");
    boolean learns = architecture.name().equals("gpt2");
    require(traits.isLearned() == learns, "it has " + (learns ? "no " : "") + "learned positions");
    require(!traits.addsToNorm(), "what blocks compute is added to a norm's output");
    long keys = blocks.heads().get(0).get(1) * decoder.headWidth();
    require(
        !architecture.name().equals("olmoe") || keys == blocks.width(),
        "its norm of the keys has %d channels, and not the width of %d"
            .formatted(keys, blocks.width()));
  }

  /** The output maps of attentions: whose graphs have none where they need one, or the reverse. */
  private void checkBiases() {
    Set<String> without = Set.of("qwen3moe", "olmoe");
    boolean needs = architecture.isPlain() || architecture.name().equals("gpt-oss");
    boolean has = tensors.contains("blk.0.attn_output.bias");
    require(has || !needs, "its attentions have no biases");
    require(!has || !without.contains(architecture.name()), "its attentions have biases");
  }

  private void check(Attention attention) {
    double scale = 1 / Math.sqrt(scaledBy());
    require(
        multiplies() || Math.abs(attention.scale() / scale - 1) < 1e-6,
        "its scores are multiplied with "
            + attention.scale()
            + ", where the graph multiplies with "
            + scale);
    boolean caps = architecture.name().equals("gemma2");
    require(caps == attention.softcap() > 0, "its scores are " + (caps ? "not " : "") + "bounded");
    checkSlopes(attention.slopes());
    boolean sinks = architecture.name().equals("gpt-oss");
    require(
        sinks != attention.sinks().isEmpty(),
        "its attentions have " + (sinks ? "no " : "") + "sinks");
    require(attention.prefixEnd() < 0, "its attention is not causal");
    if (!hasWindows() && attention.window() > 0 && attention.window() < longest()) {
      String note =
          "llama.cpp's '"
              + architecture.name()
              + "' sees all tokens, this model the last "
              + attention.window()
              + ": results are equal up to that length";
      if (!notes.contains(note)) {
        notes.add(note);
      }
    }
  }

  /** Whether the graph has multipliers, or its tensors are multiplied. */
  private boolean multiplies() {
    return architecture.name().equals("granite") || architecture.isApart();
  }

  /** Slopes of linear biases are powers that go with the number of heads. */
  private void checkSlopes(String constant) {
    boolean biased = architecture.name().equals("bloom");
    require(
        biased != constant.isEmpty(), "its scores have " + (biased ? "no " : "") + "linear biases");
    if (biased) {
      double[] slopes = decoder.constants().get(constant);
      require(
          Arrays.equals(slopes, Alibi.slopes(slopes.length)),
          "its linear biases are not those of its number of heads");
    }
  }

  /** Whether the graph has attention that sees a window. */
  private boolean hasWindows() {
    return isGemma() || architecture.name().equals("gpt-oss");
  }

  /** What the graph divides scores by the root of. */
  private double scaledBy() {
    int large = architecture.name().equals("gemma2") ? 46 : 62;
    boolean isLarge = isGemma() && decoder.layers() == large; // Gemma's 27B
    return isLarge ? (double) (blocks.width() / blocks.heads().get(0).get(0)) : decoder.headWidth();
  }

  private void require(boolean holds, String reason) {
    architecture.require(holds, reason);
  }

  private int longest() {
    return decoder.config().statedLongestText().orElse(2048);
  }

  /** States the architecture's keys. */
  void state(GgufMetadata metadata) {
    String name = architecture.name();
    metadata.text("general.architecture", name);
    metadata.number(name + ".context_length", decoder.learnedPositions().orElse(longest()));
    metadata.number(name + ".embedding_length", blocks.width());
    metadata.number(name + ".block_count", decoder.layers());
    metadata.number(name + ".vocab_size", decoder.vocabulary());
    metadata.oneOrAll(name + ".feed_forward_length", mixtures.widths());
    mixtures.state(metadata);
    metadata.oneOrAll(name + ".attention.head_count", heads(0));
    metadata.oneOrAll(name + ".attention.head_count_kv", heads(1));
    metadata.number(name + ".attention.key_length", decoder.headWidth());
    metadata.number(name + ".attention.value_length", decoder.headWidth());
    metadata.real(
        name + ".attention.layer_norm_" + (traits.isCentred() ? "" : "rms_") + "epsilon",
        traits.norms().iterator().next());
    positions.state(metadata);
    if (name.equals("granite")) {
      metadata.real(name + ".attention.scale", traits.attentions().get(0).scale());
      metadata.real(name + ".embedding_scale", traits.embedScale());
      metadata.real(name + ".residual_scale", traits.blockScales().iterator().next());
      metadata.real(name + ".logit_scale", 1 / traits.logitScale());
    } else if (name.equals("gptneox")) {
      metadata.flag(name + ".use_parallel_residual", traits.isParallel());
    } else if (hasWindows()) {
      stateWindows(metadata);
    }
    if (name.equals("gemma2")) {
      metadata.real(name + ".attn_logit_softcapping", traits.attentions().get(0).softcap());
      metadata.real(name + ".final_logit_softcapping", traits.logitCap());
    }
  }

  private List<Long> heads(int index) {
    return blocks.heads().stream().map(of -> of.get(index)).toList();
  }

  /** Of this many blocks the last sees everything, those before it a window. */
  private void stateWindows(GgufMetadata metadata) {
    List<Integer> windows = traits.attentions().stream().map(Attention::window).toList();
    int usual = architecture.name().equals("gemma3") ? 6 : 2;
    int period = usual;
    while (!isPeriod(period, windows)) {
      period = period == usual ? 1 : period + 1;
      require(
          period <= windows.size() + 1,
          "its blocks with a sliding window are not all but every n-th: " + windows);
    }
    metadata.number(architecture.name() + ".attention.sliding_window_pattern", period);
    windows.stream()
        .filter(window -> window > 0)
        .findFirst()
        .ifPresent(
            window -> metadata.number(architecture.name() + ".attention.sliding_window", window));
  }

  private static boolean isPeriod(int period, List<Integer> windows) {
    for (int layer = 0; layer < windows.size(); layer++) {
      if (windows.get(layer) > 0 != layer % period < period - 1) {
        return false;
      }
    }
    return true;
  }
}
