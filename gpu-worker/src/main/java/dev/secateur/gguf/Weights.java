package dev.secateur.gguf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.StorageKernels;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A model's parameters as GGUF's tensors, each loaded when it is written and let go after. */
final class Weights {
  private static final int PIECE = 1 << 18;

  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.qkv_proj", "attn_qkv"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("pre_feedforward_layernorm", "ffn_norm"),
          Map.entry("post_feedforward_layernorm", "post_ffw_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.gate_up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"));

  private final Model model;
  private final Description description;
  private final GgufType type;

  /**
   * @param type of matrices; vectors are float32
   */
  Weights(Model model, Description description, GgufType type) {
    this.model = model;
    this.description = description;
    this.type = type;
  }

  List<GgufTensor> tensors() {
    List<GgufTensor> tensors = new ArrayList<>();
    Decoder decoder = model.decoder();
    for (ParameterShape parameter : decoder.parameters()) {
      tensors.add(tensor(name(parameter.name()), parameter));
    }
    boolean tied = tensors.stream().noneMatch(tensor -> tensor.name().equals("output.weight"));
    if (tied && description.architecture().name().equals("olmo2")) { // which asks for one
      decoder.parameters().stream()
          .filter(parameter -> name(parameter.name()).equals("token_embd.weight"))
          .forEach(parameter -> tensors.add(tensor("output.weight", parameter)));
    }
    return tensors;
  }

  private String name(String parameter) {
    int dot = parameter.lastIndexOf('.');
    String kind = parameter.substring(dot);
    String layer = parameter.substring(0, dot);
    switch (layer) {
      case "model.embed_tokens":
        return "token_embd" + kind;
      case "model.norm":
        return "output_norm" + kind;
      case "lm_head":
        return "output" + kind;
      default:
    }
    Decoder decoder = model.decoder();
    for (int i = 0; i < decoder.layers(); i++) {
      String block = decoder.blockName(i);
      if (layer.startsWith(block)) {
        return "blk." + i + "." + inBlock(layer.substring(block.length()), parameter) + kind;
      }
    }
    throw Architecture.refused("'" + parameter + "' has no name in GGUF");
  }

  private String inBlock(String layer, String parameter) {
    if (layer.equals("post_attention_layernorm")) {
      boolean afterwards =
          List.of("gemma2", "gemma3", "olmo2").contains(description.architecture().name());
      return afterwards ? "post_attention_norm" : "ffn_norm";
    }
    String name = NAMES.get(layer);
    if (name == null) {
      throw Architecture.refused("'" + parameter + "' has no name in GGUF");
    }
    return name;
  }

  private GgufTensor tensor(String name, ParameterShape parameter) {
    List<Long> shape = parameter.shape();
    long[] order = order(parameter);
    if (shape.size() == 1) {
      return new GgufTensor(
          name, shape, GgufType.F32, sink -> writeVector(parameter.name(), order, sink));
    }
    long width = shape.get(1);
    GgufType own = type.ofRows(width);
    return new GgufTensor(name, shape, own, sink -> writeMatrix(parameter, own, order, sink));
  }

  /** The rows' places in the parameter; null where they are as they are. */
  private long[] order(ParameterShape parameter) {
    boolean turned = parameter.name().contains(".q_proj.") || parameter.name().contains(".k_proj.");
    if (!turned || !description.architecture().neighbours()) {
      return null;
    }
    long[] order = new long[Math.toIntExact(parameter.shape().get(0))];
    int head = model.decoder().headWidth();
    for (int row = 0; row < order.length; row++) {
      int inHead = row % head;
      order[row] = row - inHead + inHead % 2 * (head / 2) + inHead / 2;
    }
    return order;
  }

  private void writeVector(String parameter, long[] order, GgufTensor.Sink sink) {
    float shift = (float) description.traits().shift(parameter);
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray loaded = model.weights().source().load(parameter, scope);
      float[] values =
          HostArrays.floats(StorageKernels.get().cast(scope, loaded, Precision.FLOAT32));
      ByteBuffer bytes = GgufMetadata.buffer(4 * values.length);
      for (int i = 0; i < values.length; i++) {
        bytes.putFloat(values[order == null ? i : (int) order[i]] + shift);
      }
      sink.write(bytes.flip());
    }
  }

  private void writeMatrix(
      ParameterShape parameter, GgufType own, long[] order, GgufTensor.Sink sink) {
    long rows = parameter.shape().get(0);
    long width = parameter.shape().get(1);
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray loaded = model.weights().source().load(parameter.name(), scope);
      NDArray cast = cast(parameter.name(), loaded, own, scope);
      long atOnce = order == null ? Math.max(1, PIECE / width) : 1;
      for (long row = 0; row < rows; row += atOnce) {
        long count = Math.min(atOnce, rows - row);
        long from = order == null ? row : order[(int) row];
        try (NDManager local = scope.newSubManager()) {
          NDArray piece = Kernels.get().flat(local, cast, from * width, count * width);
          sink.write(bytes(piece, own));
        }
      }
    }
  }

  private static ByteBuffer bytes(NDArray piece, GgufType type) {
    ByteBuffer bytes = GgufMetadata.buffer(Math.toIntExact(type.bytes(piece.size())));
    if (type == GgufType.Q8_0) {
      Q8.put(HostArrays.floats(piece), bytes);
    } else {
      HostArrays.put(piece, bytes);
    }
    return bytes.flip();
  }

  /**
   * @throws InputException when it holds a value that the type can't hold
   */
  private static NDArray cast(String name, NDArray array, GgufType type, NDManager scope) {
    StorageKernels kernels = StorageKernels.get();
    NDArray cast =
        switch (type) {
          case F16 -> kernels.float16(scope, array);
          case BF16 -> kernels.cast(scope, array, Precision.BFLOAT16);
          case F32, Q8_0 -> kernels.cast(scope, array, Precision.FLOAT32);
        };
    if (!Kernels.get().isFinite(cast)) {
      throw new InputException(
          "tensor '"
              + name
              + "' holds a number that "
              + type
              + " can't hold; choose --type bf16 or f32");
    }
    return cast;
  }
}
