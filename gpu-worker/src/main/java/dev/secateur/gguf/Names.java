package dev.secateur.gguf;

import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.ParameterShape;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which tensors of GGUF a parameter goes into, and in which order its rows do. */
final class Names {
  static final String EMBEDDING = "token_embd.weight";
  static final String OUTPUT = "output.weight";

  private static final Map<String, String> WHOLE =
      Map.ofEntries(
          Map.entry("model.embed_tokens", "token_embd"),
          Map.entry("gpt_neox.embed_in", "token_embd"),
          Map.entry("transformer.word_embeddings", "token_embd"),
          Map.entry("transformer.wte", "token_embd"),
          Map.entry("transformer.wpe", "position_embd"),
          Map.entry("transformer.word_embeddings_layernorm", "token_embd_norm"),
          Map.entry("model.norm", "output_norm"),
          Map.entry("gpt_neox.final_layer_norm", "output_norm"),
          Map.entry("transformer.ln_f", "output_norm"),
          Map.entry("lm_head", "output"),
          Map.entry("embed_out", "output"));

  private static final Map<String, String> IN_BLOCK =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("ln_1", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.qkv_proj", "attn_qkv"),
          Map.entry("attention.query_key_value", "attn_qkv"),
          Map.entry("self_attention.query_key_value", "attn_qkv"),
          Map.entry("attn.c_attn", "attn_qkv"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("attention.dense", "attn_output"),
          Map.entry("self_attention.dense", "attn_output"),
          Map.entry("attn.c_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("ln_2", "ffn_norm"),
          Map.entry("pre_feedforward_layernorm", "ffn_norm"),
          Map.entry("post_feedforward_layernorm", "post_ffw_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.gate_up_proj", "ffn_up"),
          Map.entry("mlp.dense_h_to_4h", "ffn_up"),
          Map.entry("mlp.c_fc", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"),
          Map.entry("mlp.dense_4h_to_h", "ffn_down"),
          Map.entry("mlp.c_proj", "ffn_down"),
          Map.entry("mlp.gate", "ffn_gate_inp"),
          Map.entry("mlp.router", "ffn_gate_inp"),
          Map.entry("block_sparse_moe.gate", "ffn_gate_inp"));

  /** The matrices of an expert. */
  private static final Map<String, String> IN_EXPERT =
      Map.of(
          "w1", "ffn_gate_exps",
          "w3", "ffn_up_exps",
          "w2", "ffn_down_exps",
          "gate_proj", "ffn_gate_exps",
          "up_proj", "ffn_up_exps",
          "down_proj", "ffn_down_exps");

  private static final Pattern EXPERT =
      Pattern.compile("(?:mlp|block_sparse_moe)\\.experts\\.\\d+\\.(\\w+)");

  private static final Set<String> QUERIES_KEYS_VALUES = Set.of("attn_q", "attn_k", "attn_v");

  /** Whose norm behind the attention stands before what is added. */
  private static final Set<String> NORM_AFTERWARDS = Set.of("gemma2", "gemma3", "olmo2", "gpt-oss");

  /** Whose graphs want an output layer, tied or not. */
  private static final Set<String> WITH_OUTPUT = Set.of("olmo2", "olmoe", "gpt-oss", "gptneox");

  private final Decoder decoder;
  private final Architecture architecture;

  /** The same in all blocks, whatever was pruned. */
  private final long queriesToAKey;

  /** A tensor that a parameter goes into. */
  record Target(String tensor, Rows rows) {}

  Names(Decoder decoder, Architecture architecture) {
    this.decoder = decoder;
    this.architecture = architecture;
    List<Long> heads = Costs.of(decoder, 1).heads().get(0);
    this.queriesToAKey = heads.get(0) / heads.get(1);
  }

  /**
   * @throws dev.secateur.protocol.InputException when there is none
   */
  List<Target> of(ParameterShape parameter) {
    String name = parameter.name();
    for (int layer = 0; layer < decoder.layers(); layer++) {
      String block = decoder.blockName(layer);
      if (name.startsWith(block)) {
        return inBlock("blk." + layer + ".", name.substring(block.length()), parameter);
      }
    }
    int dot = name.lastIndexOf('.');
    String whole = WHOLE.get(name.substring(0, Math.max(dot, 0)));
    if (whole == null) {
      throw nameless(name);
    }
    return List.of(new Target(whole + name.substring(dot), Rows.ALL));
  }

  /** The names of all tensors. */
  Set<String> tensors() {
    return decoder.parameters().stream()
        .flatMap(parameter -> of(parameter).stream())
        .map(Target::tensor)
        .collect(Collectors.toSet());
  }

  /** Whether the embedding is written as the output layer too where it is both. */
  boolean repeatsTied() {
    return WITH_OUTPUT.contains(architecture.name());
  }

  private List<Target> inBlock(String block, String name, ParameterShape parameter) {
    switch (name) { // of gpt-oss, whose experts' matrices are stored (in, out)
      case "self_attn.sinks":
        return List.of(new Target(block + "attn_sinks.weight", Rows.ALL));
      case "mlp.experts.gate_up_proj":
        return alternating(block, ".weight", parameter.shape().get(2), true);
      case "mlp.experts.gate_up_proj_bias":
        return alternating(block, ".bias", parameter.shape().get(1), false);
      case "mlp.experts.down_proj":
        return List.of(new Target(block + "ffn_down_exps.weight", Rows.ALL.ofTransposed()));
      case "mlp.experts.down_proj_bias":
        return List.of(new Target(block + "ffn_down_exps.bias", Rows.ALL));
      default:
    }
    int dot = name.lastIndexOf('.');
    String layer = name.substring(0, Math.max(dot, 0));
    if (architecture.isApart()) {
      String kind = name.substring(dot);
      if (layer.equals("self_attn.qkv_proj") || layer.equals("self_attn.W_pack")) {
        return attention(block, kind, parameter);
      } else if (layer.equals("mlp.gate_up_proj")) {
        long half = parameter.shape().get(0) / 2;
        return List.of(
            new Target(block + "ffn_gate" + kind, Rows.range(0, half)),
            new Target(block + "ffn_up" + kind, Rows.range(half, half)));
      }
    }
    Matcher expert = EXPERT.matcher(layer);
    String found = expert.matches() ? IN_EXPERT.get(expert.group(1)) : IN_BLOCK.get(layer);
    if (layer.equals("post_attention_layernorm")) {
      boolean afterwards = NORM_AFTERWARDS.contains(architecture.name());
      found = afterwards ? "post_attention_norm" : "ffn_norm";
    } else if (found == null) {
      throw nameless(parameter.name());
    }
    if (architecture.name().equals("openelm") && QUERIES_KEYS_VALUES.contains(found)) {
      found = "attn_qkv"; // one after the other
    }
    return List.of(new Target(block + found + name.substring(dot), rows(layer, parameter)));
  }

  /** Queries, then keys, then values; of each key/value head there are as many queries. */
  private List<Target> attention(String block, String kind, ParameterShape parameter) {
    int head = decoder.headWidth();
    long rows = parameter.shape().get(0);
    long keys = rows / (queriesToAKey + 2);
    long queries = rows - 2 * keys;
    return List.of(
        new Target(block + "attn_q" + kind, Rows.neighbouring(queries, head)),
        new Target(block + "attn_k" + kind, Rows.neighbouring(keys, head).from(queries)),
        new Target(block + "attn_v" + kind, Rows.range(queries + keys, keys)));
  }

  /** Gate and channel in turn. */
  private static List<Target> alternating(
      String block, String kind, long count, boolean transposed) {
    Rows gate = Rows.everySecond(count, 0);
    Rows up = Rows.everySecond(count, 1);
    return List.of(
        new Target(block + "ffn_gate_exps" + kind, transposed ? gate.ofTransposed() : gate),
        new Target(block + "ffn_up_exps" + kind, transposed ? up.ofTransposed() : up));
  }

  private Rows rows(String layer, ParameterShape parameter) {
    long rows = parameter.shape().get(0);
    boolean turned = layer.endsWith(".q_proj") || layer.endsWith(".k_proj");
    if (turned && architecture.neighbours()) {
      return Rows.neighbouring(rows, decoder.headWidth());
    } else if (layer.endsWith(".query_key_value")) {
      return Rows.apart(rows, decoder.headWidth());
    }
    boolean isMatrix = parameter.shape().size() == 2;
    return isMatrix && architecture.name().equals("gpt2") ? Rows.ALL.ofTransposed() : Rows.ALL;
  }

  private static RuntimeException nameless(String parameter) {
    return Architecture.refused("'" + parameter + "' has no name in GGUF");
  }
}
