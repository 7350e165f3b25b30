package dev.secateur.gguf;

import dev.secateur.checkpoint.BlockSizes;
import dev.secateur.model.Decoder;
import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What GGUF says of a model beside its tensors; what llama.cpp's graph does not do is refused. */
final class Description {
  private final Decoder decoder;
  private final BlockSizes blocks;
  private final Architecture architecture;
  private final Traits traits;
  private final Positions positions;
  private final List<String> notes = new ArrayList<>();

  /**
   * @throws dev.secateur.protocol.InputException when llama.cpp computes no such model
   */
  Description(Decoder decoder) {
    this.decoder = decoder;
    this.blocks = BlockSizes.of(decoder);
    this.architecture = Architecture.of(decoder, blocks);
    this.traits = Traits.of(decoder);
    this.positions = new Positions(architecture, traits);
    check();
    if (positions.longAbove() > 0) {
      notes.add(
          "llama.cpp takes the positions of long texts in every context of more than "
              + positions.longAbove()
              + " tokens, this model in texts of more");
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

  private boolean isGemma() {
    return architecture.name().startsWith("gemma");
  }

  private void check() {
    Activation activation = isGemma() ? Activation.GELU_TANH : Activation.SILU;
    for (Activation own : traits.activations()) {
      require(own == activation, "its MLPs use " + own + ", where the graph uses " + activation);
    }
    require(traits.norms().size() == 1, "its norms add different numbers: " + traits.norms());
    traits.attentions().forEach(this::check);
    double embed = isGemma() ? Math.sqrt(blocks.width()) : traits.embedScale();
    require(
        Math.abs(traits.embedScale() / embed - 1) < 1e-5,
        "its embeddings are multiplied with "
            + traits.embedScale()
            + ", where the graph takes the root of the width, "
            + embed);
    boolean isGranite = architecture.name().equals("granite");
    require(
        isGranite || traits.blockScales().equals(Set.of(1.0)), "its blocks scale what they add");
    require(traits.blockScales().size() == 1, "its blocks scale what they add differently");
    require(isGranite || traits.logitScale() == 1, "its logits are scaled");
    boolean caps = architecture.name().equals("gemma2");
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
      require(
          traits.ropes().stream().noneMatch(List::isEmpty), "some blocks have no rotary positions");
    }
  }

  private void check(Attention attention) {
    boolean isGranite = architecture.name().equals("granite");
    double scale = 1 / Math.sqrt(scaledBy());
    require(
        isGranite || Math.abs(attention.scale() / scale - 1) < 1e-6,
        "its scores are multiplied with "
            + attention.scale()
            + ", where the graph multiplies with "
            + scale);
    boolean caps = architecture.name().equals("gemma2");
    require(caps == attention.softcap() > 0, "its scores are " + (caps ? "not " : "") + "bounded");
    require(attention.slopes().isEmpty(), "its scores have linear biases");
    require(attention.prefixEnd() < 0, "its tokens see what stands behind them");
    if (!isGemma() && attention.window() > 0 && attention.window() < longest()) {
      String note =
          "llama.cpp's '"
              + architecture.name()
              + "' sees all tokens, this model the last "
              + attention.window()
              + ": they are the same up to so many";
      if (!notes.contains(note)) {
        notes.add(note);
      }
    }
  }

  /** What the graph divides scores by the root of. */
  private double scaledBy() {
    int large = architecture.name().equals("gemma2") ? 46 : 62;
    boolean isLarge = isGemma() && decoder.layers() == large; // Gemma's 27B
    return isLarge ? (double) (blocks.width() / blocks.heads().get(0).get(0)) : decoder.headWidth();
  }

  private void require(boolean holds, String reason) {
    if (!holds) {
      throw Architecture.refused("llama.cpp's '" + architecture.name() + "' differs: " + reason);
    }
  }

  private int longest() {
    return decoder.config().statedLongestText().orElse(2048);
  }

  /** States the architecture's keys. */
  void state(GgufMetadata metadata) {
    String name = architecture.name();
    metadata.text("general.architecture", name);
    metadata.number(name + ".context_length", longest());
    metadata.number(name + ".embedding_length", blocks.width());
    metadata.number(name + ".block_count", decoder.layers());
    metadata.number(name + ".vocab_size", decoder.vocabulary());
    metadata.oneOrAll(name + ".feed_forward_length", blocks.mlpWidths());
    metadata.oneOrAll(name + ".attention.head_count", heads(0));
    metadata.oneOrAll(name + ".attention.head_count_kv", heads(1));
    metadata.number(name + ".attention.key_length", decoder.headWidth());
    metadata.number(name + ".attention.value_length", decoder.headWidth());
    metadata.real(name + ".attention.layer_norm_rms_epsilon", traits.norms().iterator().next());
    positions.state(metadata);
    if (name.equals("granite")) {
      metadata.real(name + ".attention.scale", traits.attentions().get(0).scale());
      metadata.real(name + ".embedding_scale", traits.embedScale());
      metadata.real(name + ".residual_scale", traits.blockScales().iterator().next());
      metadata.real(name + ".logit_scale", 1 / traits.logitScale());
    } else if (isGemma()) {
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

  /** Of so many blocks the last sees everything, those before it a window. */
  private void stateWindows(GgufMetadata metadata) {
    List<Integer> windows = traits.attentions().stream().map(Attention::window).toList();
    int usual = architecture.name().equals("gemma2") ? 2 : 6;
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
