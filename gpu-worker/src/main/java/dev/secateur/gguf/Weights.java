package dev.secateur.gguf;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A model's parameters as GGUF's tensors, each loaded when it is written and released after. */
final class Weights {
  private static final int PIECE = 1 << 18;

  /** What llama.cpp keeps in float32, whatever a file's type is. */
  private static final Set<String> PRECISE = Set.of("ffn_gate_inp", "position_embd");

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
    Names names = new Names(model.decoder(), description.architecture());
    Map<String, List<Part>> parts = new LinkedHashMap<>();
    for (ParameterShape parameter : model.decoder().parameters()) {
      for (Names.Target target : names.of(parameter)) {
        parts
            .computeIfAbsent(target.tensor(), name -> new ArrayList<>())
            .add(new Part(parameter, target.rows()));
      }
    }
    if (names.repeatsTied()) {
      parts.putIfAbsent(Names.OUTPUT, parts.get(Names.EMBEDDING));
    }
    return parts.entrySet().stream().map(of -> tensor(of.getKey(), of.getValue())).toList();
  }

  /** A parameter, or some of its rows, in a tensor. */
  private record Part(ParameterShape parameter, Rows rows) {
    long count(int dimension) {
      return rows.count(parameter.shape().get(dimension + (rows.transposed() ? 1 : 0)));
    }
  }

  private GgufTensor tensor(String name, List<Part> parts) {
    List<Long> shape = new ArrayList<>(parts.get(0).parameter().shape());
    Rows rows = parts.get(0).rows();
    boolean isVector = shape.size() == 1 || name.endsWith(".bias");
    int dimension = shape.size() - (isVector ? 1 : 2); // of the rows
    if (rows.transposed()) {
      Collections.reverse(shape.subList(dimension, dimension + 2));
    }
    shape.set(dimension, rows.count(shape.get(dimension)));
    if (name.contains("_exps.") && parts.size() > 1) {
      shape.add(0, (long) parts.size());
    } else {
      shape.set(dimension, parts.stream().mapToLong(part -> part.count(dimension)).sum());
    }
    String kind = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    boolean isPrecise = PRECISE.contains(kind.substring(0, kind.indexOf('.')));
    GgufType own = isVector || isPrecise ? GgufType.F32 : type.ofRows(shape.get(shape.size() - 1));
    double factor = description.multipliers().of(name);
    return new GgufTensor(
        name,
        List.copyOf(shape),
        own,
        sink ->
            parts.forEach(
                part -> {
                  if (isVector) {
                    writeVectors(part, factor, sink);
                  } else {
                    writeMatrices(part, factor, own, sink);
                  }
                }));
  }

  private void writeVectors(Part part, double factor, GgufTensor.Sink sink) {
    String name = part.parameter().name();
    float shift = (float) description.traits().shift(name);
    List<Long> shape = part.parameter().shape();
    long length = shape.get(shape.size() - 1);
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray loaded = model.weights().source().load(name, scope);
      float[] values =
          HostArrays.floats(StorageKernels.get().cast(scope, loaded, Precision.FLOAT32));
      ByteBuffer bytes = GgufMetadata.buffer(4 * values.length);
      for (long start = 0; start < values.length; start += length) {
        for (long place = 0; place < part.rows().count(length); place++) {
          float value = values[(int) (start + part.rows().at(place))] + shift;
          bytes.putFloat(factor == 1 ? value : (float) (value * factor));
        }
      }
      sink.write(bytes.flip());
    }
  }

  /** One matrix at a time, of parameters that hold those of all experts. */
  private void writeMatrices(Part part, double factor, GgufType own, GgufTensor.Sink sink) {
    List<Long> shape = part.parameter().shape();
    long outer = shape.get(shape.size() - 2);
    long inner = shape.get(shape.size() - 1);
    long count = shape.size() == 3 ? shape.get(0) : 1;
    String name = part.parameter().name();
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray all = model.weights().source().load(name, scope);
      for (long i = 0; i < count; i++) {
        try (NDManager local = scope.newSubManager()) {
          NDArray flat = Kernels.get().flat(local, all, i * outer * inner, outer * inner);
          NDArray cast = cast(name, scaled(flat, factor, local), own, local);
          NDArray matrix = StorageKernels.get().shaped(local, cast, outer, inner);
          boolean transposed = part.rows().transposed();
          writeRows(
              transposed ? Kernels.get().transposed(local, matrix) : matrix,
              part.rows(),
              own,
              sink);
        }
      }
    }
  }

  private static NDArray scaled(NDArray array, double factor, NDManager scope) {
    return factor == 1
        ? array
        : Kernels.get().scale(scope, Kernels.get().float32(scope, array), factor);
  }

  private static void writeRows(NDArray matrix, Rows rows, GgufType own, GgufTensor.Sink sink) {
    long width = matrix.getShape().get(1);
    long count = rows.count(matrix.getShape().get(0));
    long atOnce = Math.max(1, PIECE / width);
    for (long row = 0; row < count; row += atOnce) {
      long some = Math.min(atOnce, count - row);
      try (NDManager local = matrix.getManager().newSubManager()) {
        NDArray piece =
            rows.order().length == 0
                ? Kernels.get().slice(local, matrix, 0, row, some)
                : Kernels.get().select(local, matrix, 0, rows.some(row, some));
        sink.write(bytes(Kernels.get().flat(local, piece, 0, some * width), own));
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
