package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.Ops.Linear;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The affine map that reads a structure's units, found by its forward pass: the one that reads what
 * the structure's members narrow.
 *
 * @param structure heads or MLP channels of a block, or of one expert
 * @param width inputs of a unit
 * @param inputs of the matrix, unit by unit
 */
public record OutputMatrix(CoupledStructure structure, Linear layer, int width, long[] inputs) {

  /**
   * Of each structure, in the order given.
   *
   * @throws InputException naming a structure that has none or several, as where experts share
   *     their channels
   */
  public static List<OutputMatrix> of(Decoder decoder, List<CoupledStructure> structures) {
    Map<String, Linear> linears =
        Costs.of(decoder, Costs.TOKENS).linears().values().stream()
            .collect(Collectors.toMap(Linear::weight, layer -> layer, (first, same) -> first));
    return structures.stream().map(structure -> of(structure, linears)).toList();
  }

  private static OutputMatrix of(CoupledStructure structure, Map<String, Linear> linears) {
    List<Member> reading = new ArrayList<>();
    for (Member member : structure.members()) {
      Linear layer = linears.get(member.parameter());
      if (layer != null && member.dimension() == layer.in()) {
        reading.add(member);
      }
    }
    if (reading.size() != 1) {
      throw new InputException(
          "the units of structure '%s' go into %s, not into one matrix, as criterion 'obs' and scope"
                  .formatted(structure.name(), reading.isEmpty() ? "a stack of experts" : "several")
              + " 'measured' need; use another criterion and scope");
    }
    Member member = reading.get(0);
    long[] inputs =
        LongStream.range(0, structure.units())
            .flatMap(unit -> member.entries((int) unit).stream().mapToLong(Integer::longValue))
            .toArray();
    int width = inputs.length / structure.units();
    return new OutputMatrix(structure, linears.get(member.parameter()), width, inputs);
  }

  /**
   * Matrices whose sums of z z^T are held together, in order; one bunch of none where there are
   * none.
   *
   * @param bytes that the sums of a bunch may take, unless it is of one matrix
   */
  static List<List<OutputMatrix>> bunches(List<OutputMatrix> matrices, long bytes) {
    List<List<OutputMatrix>> bunches = new ArrayList<>(List.of(new ArrayList<>()));
    long held = 0;
    for (OutputMatrix matrix : matrices) {
      List<OutputMatrix> bunch = bunches.get(bunches.size() - 1);
      long own = 8L * matrix.size() * matrix.size();
      if (held + own > bytes && !bunch.isEmpty()) {
        bunch = new ArrayList<>();
        bunches.add(bunch);
        held = 0;
      }
      bunch.add(matrix);
      held += own;
    }
    return bunches;
  }

  /** How many inputs it has. */
  public int size() {
    return inputs.length;
  }

  /** The weight in float64, (out, in), its inputs unit by unit. */
  NDArray weight(Model model, NDManager scope) {
    try (NDManager local = scope.newSubManager()) {
      Kernels kernels = Kernels.get();
      NDArray stored = model.weights().get(layer.weight());
      NDArray straight = layer.transposed() ? kernels.transposed(local, stored) : stored;
      NDArray narrow = kernels.select(local, straight, 1, inputs);
      NDArray weight = LinearAlgebraKernels.get().float64(local, narrow);
      weight.attach(scope);
      return weight;
    }
  }

  /**
   * The stored form of a weight that reads only some of the units, zeros elsewhere, as the model
   * computes with it.
   *
   * @param kept places among {@link #inputs()}, ascending
   * @param weight of those, (out, kept) of float64
   * @param like the model's weight
   */
  NDArray stored(NDArray weight, long[] kept, NDArray like, NDManager scope) {
    try (NDManager local = scope.newSubManager()) {
      Kernels kernels = Kernels.get();
      NDArray nothing =
          LinearAlgebraKernels.get().zeros(local, weight.getShape().get(0), 1); // (out, 1)
      long[] places = new long[inputs.length];
      Arrays.fill(places, kept.length);
      for (int i = 0; i < kept.length; i++) {
        places[(int) inputs[(int) kept[i]]] = i;
      }
      NDArray padded = kernels.join(local, weight, nothing);
      NDArray full = kernels.as(local, kernels.select(local, padded, 1, places), like);
      NDArray stored = layer.transposed() ? kernels.transposed(local, full) : full;
      stored.attach(scope);
      return stored;
    }
  }

  /** A Gram matrix of its inputs with them unit by unit. */
  NDArray byUnit(NDArray gram, NDManager scope) {
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i] != i) {
        return LinearAlgebraKernels.get().submatrix(scope, gram, inputs);
      }
    }
    return gram;
  }
}
