package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.RemovalKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The cost of removing more and more units from one structure while all others stay whole: the mean
 * over the positions of some samples of KL(whole model || pruned model), in nats. The rest of the
 * structure is {@link Refitted} on all samples. Profiles of structures do not depend on each other,
 * so that workers can share them.
 *
 * <p>The whole model's streams of all samples pass from block to block. The pass of a narrowed
 * structure starts at its own block, and as many of these as memory allows go through the later
 * blocks together.
 */
public final class Profiles {
  /** How many samples the divergence is measured on, where there are as many. */
  public static final int WINDOWS = 32;

  /** What the streams of structures that go together may take. */
  private static final long STREAM_BYTES = 1L << 30;

  /** What sums of z z^T may take at a time; those of one structure may take more. */
  private static final long GRAM_BYTES = 5L << 28;

  /** At how many places the loss of MLP channels is measured, and one more part stays. */
  private static final int PARTS = 8;

  private final Model model;
  private final Submodules submodules;
  private final Batch batch;
  private final int windows;
  private final Map<String, int[]> orders;
  private final Map<Integer, List<OutputMatrix>> bySubmodule = new LinkedHashMap<>();
  private final Map<String, double[]> divergences = new LinkedHashMap<>();
  private final List<Variant> waiting = new ArrayList<>();
  private List<NDArray> whole = List.of();

  /**
   * @param structures heads and MLP channels, in the order of discovery
   * @param orders of each structure its units, the first to go first
   * @param batch samples of equal length, which matrices are refitted on
   * @param windows how many of them, from the first on, the divergence is measured on
   */
  public Profiles(
      Model model,
      List<CoupledStructure> structures,
      Map<String, int[]> orders,
      Batch batch,
      int windows) {
    this.model = model;
    this.submodules = new Submodules(model);
    this.orders = orders;
    this.batch = batch;
    this.windows = Math.min(windows, batch.rows());
    List<CoupledStructure> several = structures.stream().filter(s -> levels(s).length > 0).toList();
    for (OutputMatrix matrix : OutputMatrix.of(model.decoder(), several)) {
      int submodule = matrix.structure().layer() + 1;
      bySubmodule.computeIfAbsent(submodule, s -> new ArrayList<>()).add(matrix);
      String name = matrix.structure().name();
      divergences.put(name, new double[levels(matrix.structure()).length]);
    }
  }

  /**
   * How many units are taken out of a structure, ascending: of heads any number, of channels seven
   * that are eighths of all; one unit stays, or an eighth.
   */
  public static int[] levels(CoupledStructure structure) {
    int units = structure.units();
    IntStream levels =
        structure.kind() == Kind.ATTENTION
            ? IntStream.range(1, units)
            : IntStream.range(1, PARTS)
                .map(part -> Math.toIntExact(Math.round((double) units * part / PARTS)))
                .filter(count -> count > 0 && count < units)
                .distinct();
    return levels.toArray();
  }

  /** A structure without some of its units, on its way through the model. */
  private record Variant(String structure, int level, List<NDArray> streams) {}

  /**
   * The divergence at each of the {@link #levels}, by structure, of those that have any.
   *
   * @param checkpoint run between submodules; may throw to end the work
   */
  public Statistics measure(Runnable checkpoint) {
    int last = bySubmodule.keySet().stream().mapToInt(s -> s).max().orElse(0);
    try (NDManager manager = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      whole = outputs(manager, checkpoint);
      List<NDArray> streams = ids(batch.rows(), manager);
      for (int submodule = 0; submodule <= last; submodule++) {
        checkpoint.run();
        advance(waiting, submodule, manager);
        streams = submodule(submodule, streams, manager, checkpoint);
      }
      finish(last, manager, checkpoint);
    }
    Statistics statistics = new Statistics();
    divergences.forEach(statistics::add);
    return statistics;
  }

  private List<NDArray> ids(int rows, NDManager manager) {
    return IntStream.range(0, rows).mapToObj(row -> row(row).ids(manager)).toList();
  }

  private Batch row(int row) {
    return batch.rows(row, row + 1);
  }

  /** What goes into the head of the whole model, of the windows. */
  private List<NDArray> outputs(NDManager manager, Runnable checkpoint) {
    List<NDArray> streams = new ArrayList<>(ids(windows, manager));
    for (int submodule = 0; submodule < submodules.head(); submodule++) {
      checkpoint.run();
      advance(List.of(new Variant("", 0, streams)), submodule, manager);
    }
    return streams;
  }

  /** Takes streams through a submodule. */
  private void advance(List<Variant> variants, int submodule, NDManager manager) {
    for (Variant variant : variants) {
      for (int row = 0; row < windows; row++) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray input = variant.streams().get(row);
          NDArray output = submodules.run(submodule, input, submodules.ops(scope, row(row)));
          output.attach(manager);
          variant.streams().set(row, output).close();
        }
      }
    }
  }

  /** Starts the variants of a submodule's structures; returns what the whole one computes. */
  private List<NDArray> submodule(
      int submodule, List<NDArray> inputs, NDManager manager, Runnable checkpoint) {
    List<NDArray> outputs = new ArrayList<>();
    for (List<OutputMatrix> some : bunches(submodule)) {
      try (NDManager scope = manager.newSubManager()) {
        InputSums sums = new InputSums(some, scope);
        for (int row = 0; row < batch.rows(); row++) {
          try (NDManager local = scope.newSubManager()) {
            NDArray output =
                submodules.run(submodule, inputs.get(row), sums.recording(local, model, row(row)));
            if (outputs.size() <= row) {
              output.attach(manager);
              outputs.add(output);
            }
          }
        }
        for (OutputMatrix matrix : some) {
          start(matrix, sums, inputs, manager, checkpoint);
        }
      }
    }
    inputs.forEach(NDArray::close);
    return outputs;
  }

  /** The structures of a submodule whose sums are held together; one of none where it has none. */
  private List<List<OutputMatrix>> bunches(int submodule) {
    return OutputMatrix.bunches(bySubmodule.getOrDefault(submodule, List.of()), GRAM_BYTES);
  }

  private void start(
      OutputMatrix matrix,
      InputSums sums,
      List<NDArray> inputs,
      NDManager manager,
      Runnable checkpoint) {
    int submodule = matrix.structure().layer() + 1;
    int[] levels = levels(matrix.structure());
    int[] order = orders.get(matrix.structure().name());
    try (NDManager scope = manager.newSubManager()) {
      NDArray gram = matrix.byUnit(sums.gram(matrix), scope);
      Refitted refitted = new Refitted(model, matrix, gram, sums.tokens(matrix), scope);
      for (int level = 0; level < levels.length; level++) {
        Variant variant = new Variant(matrix.structure().name(), level, new ArrayList<>());
        try (NDManager local = scope.newSubManager()) {
          int[] gone = Arrays.copyOf(order, levels[level]);
          NDArray weight = refitted.without(gone, local);
          for (int row = 0; row < windows; row++) {
            variant.streams().add(block(matrix, weight, submodule, row, inputs.get(row), manager));
          }
        }
        waiting.add(variant);
        if (!admitsMore(variant)) {
          finish(submodule, manager, checkpoint);
        }
      }
    }
  }

  private NDArray block(
      OutputMatrix matrix,
      NDArray weight,
      int submodule,
      int row,
      NDArray input,
      NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray output =
          submodules.run(
              submodule,
              input,
              submodules.opsWith(
                  scope,
                  row(row),
                  name ->
                      name.equals(matrix.layer().weight()) ? weight : model.weights().get(name)));
      output.attach(manager);
      return output;
    }
  }

  private boolean admitsMore(Variant variant) {
    long bytes = 4 * variant.streams().stream().mapToLong(NDArray::size).sum();
    return waiting.size() * bytes < STREAM_BYTES
        && model.weights().inputsAtOnce().admits(waiting.size());
  }

  /** Takes all that wait behind a submodule to the end of the model. */
  private void finish(int submodule, NDManager manager, Runnable checkpoint) {
    for (int above = submodule + 1; above < submodules.head() && !waiting.isEmpty(); above++) {
      checkpoint.run();
      advance(waiting, above, manager);
    }
    for (int row = 0; row < windows && !waiting.isEmpty(); row++) {
      try (NDManager scope = manager.newSubManager()) {
        NDArray expected = head(whole.get(row), row, scope);
        for (Variant variant : waiting) {
          try (NDManager local = scope.newSubManager()) {
            NDArray found = head(variant.streams().get(row), row, local);
            double sum = RemovalKernels.get().divergenceSum(expected, found);
            divergences.get(variant.structure())[variant.level()] +=
                checked(sum, variant) / ((double) windows * batch.tokens());
          }
        }
      }
    }
    waiting.forEach(variant -> variant.streams().forEach(NDArray::close));
    waiting.clear();
  }

  private NDArray head(NDArray stream, int row, NDManager scope) {
    return submodules.run(submodules.head(), stream, submodules.ops(scope, row(row)));
  }

  private static double checked(double divergence, Variant variant) {
    if (!Double.isFinite(divergence)) {
      throw new ArithmeticException(
          ("without units of structure '%s' (level %d) the divergence from the unpruned model"
                  + " is %s")
              .formatted(variant.structure(), variant.level() + 1, divergence));
    }
    return Math.max(0, divergence);
  }
}
