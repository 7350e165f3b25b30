package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Criterion;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The criterion {@code obs}: units go in the order in which a structure's output matrix can do
 * without them, as {@link GreedyRemoval} has it, its outputs weighted with the mean of their
 * squared gradients. With z what the matrix reads at a token, y = W z what it writes and g the
 * gradient of the sum of the token losses to y, the loss of a token changes by about 1/2 sum_i s_i
 * dy_i^2, with s_i the mean of g_i^2 (the diagonal of the empirical Fisher information of y).
 *
 * <p>Samples go through one by one: first forward, then section by section from the head down,
 * where each block is computed again and gives its z and g; weights need no gradients. Only the
 * sums of a few structures are held at a time. What is stored of a unit is what it adds to the mean
 * loss of a token, in nats, as {@link GreedyRemoval.Order#scores} says.
 */
public final class OutputErrors {
  /** What sums of z z^T may take at a time; those of one structure may take more. */
  private static final long GRAM_BYTES = 5L << 28;

  /** What the inputs of all sections may take before some are computed again. */
  static final long STREAM_BYTES = 1L << 30;

  /** Channels go so many parts of them at a time. */
  private static final int STEPS = 128;

  private final Kernels kernels = Kernels.get();
  private final LinearAlgebraKernels algebra = LinearAlgebraKernels.get();
  private final Model model;
  private final Batch batch;
  private final Sections sections;
  private final Map<Integer, List<OutputMatrix>> bySection = new LinkedHashMap<>();
  private final List<String> order;
  private final int lowest;
  private final long streamBytes;

  OutputErrors(Model model, List<CoupledStructure> structures, Calibration calibration) {
    this(model, structures, calibration, STREAM_BYTES);
  }

  /**
   * @param streamBytes what the inputs of all sections may take before some are computed again; no
   *     number depends on it
   */
  OutputErrors(
      Model model, List<CoupledStructure> structures, Calibration calibration, long streamBytes) {
    this.streamBytes = streamBytes;
    this.model = model;
    this.batch = calibration.batch();
    this.sections = new Sections(model);
    this.order = structures.stream().map(CoupledStructure::name).toList();
    for (OutputMatrix matrix : OutputMatrix.of(model.decoder(), structures)) {
      bySection.computeIfAbsent(matrix.structure().layer() + 1, s -> new ArrayList<>()).add(matrix);
    }
    this.lowest = bySection.keySet().stream().mapToInt(s -> s).min().orElse(sections.head());
  }

  /**
   * The scores of all structures.
   *
   * @throws ArithmeticException when the loss or what a matrix reads is not finite, naming where
   */
  Statistics measure(Runnable checkpoint) {
    Map<String, double[]> scores = new LinkedHashMap<>();
    try (NDManager manager = model.weights().manager().newSubManager()) {
      SectionInputs inputs =
          new SectionInputs(sections, batch, lowest, streamBytes, manager, checkpoint);
      List<NDArray> gradients = ofHead(inputs.of(sections.head()), manager);
      for (int section = sections.head() - 1; section >= lowest; section--) {
        inputs.release(section + 1);
        List<NDArray> below = List.of();
        for (List<OutputMatrix> some : bunches(section)) {
          checkpoint.run();
          below.forEach(NDArray::close);
          below = section(section, some, inputs.of(section), gradients, manager, scores);
        }
        gradients.forEach(NDArray::close);
        gradients = below;
      }
    }
    Statistics statistics = new Statistics();
    order.forEach(name -> statistics.add(name(name), scores.get(name)));
    return statistics;
  }

  /**
   * How many sections lie from one whose input is kept to the next.
   *
   * @param count of sections
   * @param bytes that what goes into one of them takes, of all samples
   */
  public static int stride(int count, long bytes) {
    return SectionInputs.stride(count, bytes, STREAM_BYTES);
  }

  static String name(String structure) {
    return Criterion.OBS.label() + "/" + structure;
  }

  /** The structures of a section whose sums are held together; one of none where it has none. */
  private List<List<OutputMatrix>> bunches(int section) {
    return OutputMatrix.bunches(bySection.getOrDefault(section, List.of()), GRAM_BYTES);
  }

  private Batch row(int row) {
    return batch.rows(row, row + 1);
  }

  /** The gradients of the sum of each row's token losses to what goes into the head. */
  private List<NDArray> ofHead(List<NDArray> inputs, NDManager manager) {
    List<NDArray> gradients = new ArrayList<>();
    double loss = 0;
    try (GradMode mode = GradMode.recording()) {
      for (int row = 0; row < batch.rows(); row++) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray input = kernels.leaf(scope, inputs.get(row));
          NDArray logits = sections.run(sections.head(), input, sections.ops(scope, row(row)));
          NDArray sum = kernels.crossEntropySum(scope, logits, row(row).targets(scope));
          loss += HostArrays.number(kernels.detach(scope, sum));
          NDArray gradient = kernels.grad(scope, sum, kernels.ones(scope), List.of(input)).get(0);
          gradient.attach(manager);
          gradients.add(gradient);
        }
      }
    }
    FiniteLoss.checked(loss, model, batch);
    return gradients;
  }

  /**
   * What some matrices read and how their outputs count.
   *
   * @param gram sum of z z^T
   * @param squares sum of g^2, by output
   * @param tokens that were counted, those of an expert where it is one's
   */
  private static final class Sums {
    private final NDArray gram;
    private double[] squares = new double[0];
    private long tokens;

    private Sums(NDArray gram) {
      this.gram = gram;
    }
  }

  /** Scores a section's structures; returns the gradients of its inputs, if any are wanted. */
  private List<NDArray> section(
      int section,
      List<OutputMatrix> matrices,
      List<NDArray> inputs,
      List<NDArray> upstream,
      NDManager manager,
      Map<String, double[]> scores) {
    List<NDArray> below = new ArrayList<>();
    try (NDManager scope = manager.newSubManager()) {
      Map<String, Sums> sums = new LinkedHashMap<>();
      for (OutputMatrix matrix : matrices) {
        NDArray gram = algebra.zeros(scope, matrix.size(), matrix.size());
        sums.put(matrix.layer().name(), new Sums(gram));
      }
      for (int row = 0; row < batch.rows(); row++) {
        NDArray gradient = row(section, row, inputs.get(row), upstream.get(row), sums, scope);
        if (section > lowest) {
          gradient.attach(manager);
          below.add(gradient);
        }
      }
      try (GradMode off = GradMode.off()) {
        for (OutputMatrix matrix : matrices) {
          Sums of = sums.get(matrix.layer().name());
          scores.put(matrix.structure().name(), scored(matrix, of, scope));
        }
      }
    }
    return below;
  }

  /** Adds a row's part to the sums; returns the gradient of the section's input. */
  private NDArray row(
      int section,
      int row,
      NDArray given,
      NDArray upstream,
      Map<String, Sums> sums,
      NDManager scope) {
    try (NDManager local = scope.newSubManager();
        GradMode mode = GradMode.recording()) {
      NDArray input = kernels.leaf(local, given);
      Recording ops = new Recording(local, row(row), sums);
      NDArray output = sections.run(section, input, ops);
      List<NDArray> wanted = new ArrayList<>(ops.written.values());
      wanted.add(input);
      List<NDArray> gradients = kernels.grad(local, output, upstream, wanted);
      try (GradMode off = GradMode.off()) {
        int place = 0;
        for (String name : ops.written.keySet()) {
          add(sums.get(name), ops.read.get(name), gradients.get(place++), local);
        }
      }
      NDArray below = gradients.get(gradients.size() - 1);
      below.attach(scope);
      return below;
    }
  }

  private void add(Sums sums, NDArray read, NDArray gradient, NDManager local) {
    long tokens = read.size() / read.getShape().get(read.getShape().dimension() - 1);
    if (tokens == 0) {
      return;
    }
    algebra.accumulateProduct(sums.gram, read, read);
    double[] moments = HostArrays.doubles(kernels.channelMoments(local, gradient));
    int width = moments.length / 2;
    if (sums.squares.length == 0) {
      sums.squares = new double[width];
    }
    for (int i = 0; i < width; i++) {
      sums.squares[i] += moments[width + i];
    }
    sums.tokens += tokens;
  }

  /** A pass of a block that notes what the matrices read, of no graph, and write. */
  private final class Recording extends TensorOps {
    private final Map<String, Sums> matrices;
    private final Map<String, NDArray> read = new LinkedHashMap<>();
    private final Map<String, NDArray> written = new LinkedHashMap<>();

    private Recording(NDManager scope, Batch row, Map<String, Sums> matrices) {
      super(scope, model, row.idRows());
      this.matrices = matrices;
    }

    @Override
    public NDArray linear(NDArray x, Linear layer) {
      NDArray y = super.linear(x, layer);
      if (matrices.containsKey(layer.name())) {
        NDArray one = isPair() ? kernels.slice(scope, x, 0, 0, 1) : x;
        read.put(layer.name(), kernels.detach(scope, one));
        written.put(layer.name(), y);
      }
      return y;
    }
  }

  private double[] scored(OutputMatrix matrix, Sums sums, NDManager scope) {
    if (sums.tokens == 0) {
      return new GreedyRemoval.Order(
              IntStream.range(0, matrix.structure().units()).toArray(),
              new double[matrix.structure().units()])
          .scores(1);
    }
    if (!kernels.isFinite(sums.gram)) {
      throw new ArithmeticException(
          "structure '"
              + matrix.structure().name()
              + "': what '"
              + matrix.layer().name()
              + "' reads is not finite, or too large to be squared");
    }
    double[] roots = new double[sums.squares.length];
    for (int i = 0; i < roots.length; i++) {
      roots[i] = Math.sqrt(sums.squares[i] / sums.tokens);
    }
    try (NDManager local = scope.newSubManager()) {
      NDArray weight = matrix.weight(model, local);
      NDArray weighted =
          kernels.mul(local, weight, HostArrays.of(local, roots, roots.length, 1)); // (out, in)
      weight.close();
      NDArray gram = matrix.byUnit(sums.gram, local);
      if (gram != sums.gram) {
        sums.gram.close();
      }
      int units = matrix.structure().units();
      int together = matrix.width() > 1 ? 1 : Math.max(1, units / STEPS);
      double rho = matrix.size() / (double) sums.tokens;
      return new GreedyRemoval(matrix.width(), together)
          .of(weighted, gram, rho)
          .scores(0.5 / ((double) batch.rows() * batch.tokens()));
    }
  }
}
