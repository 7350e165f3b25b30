package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Batch;
import dev.secateur.model.Costs;
import dev.secateur.model.Model;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Criterion;
import dev.secateur.tensor.FreedMemory;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The criterion {@code obs}: units are removed in the order in which a structure's output matrix
 * loses least by it ({@link GreedyRemoval}), with its outputs weighted by the mean of their squared
 * gradients. With z what the matrix reads at a token, y = W z what it writes and g the gradient of
 * the sum of the token losses to y, the loss of a token changes by about 1/2 sum_i s_i dy_i^2, with
 * s_i the mean of g_i^2 (the diagonal of the empirical Fisher information of y).
 *
 * <p>First, groups of samples go forward and then submodule by submodule backward from the head,
 * where each block is recomputed for its g; weights need no gradients. Then all samples go forward
 * once more, submodule by submodule, for the sums of z z^T of a few structures at a time. The
 * stored score of a unit is what it adds to the mean loss of a token, in nats ({@link
 * GreedyRemoval.Order#scores}).
 */
public final class OutputErrors {
  /** What sums of z z^T may take at a time; those of one structure may take more. */
  private static final long GRAM_BYTES = 5L << 28;

  /**
   * What the inputs of all submodules may take, of the samples whose gradients are taken together.
   */
  static final long STREAM_BYTES = 1L << 30;

  /** Channels of a structure are measured in about this many parts. */
  private static final int STEPS = 128;

  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final Batch batch;
  private final Submodules submodules;
  private final Map<Integer, List<OutputMatrix>> bySubmodule = new LinkedHashMap<>();
  private final Map<String, Squares> squares = new HashMap<>();
  private final List<String> order;
  private final int lowest;
  private final long streamBytes;

  OutputErrors(Model model, List<CoupledStructure> structures, Calibration calibration) {
    this(model, structures, calibration, STREAM_BYTES);
  }

  /**
   * @param streamBytes what the inputs of all submodules may take of the samples whose gradients
   *     are taken together; no number depends on it
   */
  OutputErrors(
      Model model, List<CoupledStructure> structures, Calibration calibration, long streamBytes) {
    this.streamBytes = streamBytes;
    this.model = model;
    this.batch = calibration.batch();
    this.submodules = new Submodules(model);
    this.order = structures.stream().map(CoupledStructure::name).toList();
    for (OutputMatrix matrix : OutputMatrix.of(model.decoder(), structures)) {
      bySubmodule
          .computeIfAbsent(matrix.structure().layer() + 1, s -> new ArrayList<>())
          .add(matrix);
      squares.put(matrix.layer().name(), new Squares());
    }
    this.lowest = bySubmodule.keySet().stream().mapToInt(s -> s).min().orElse(submodules.head());
  }

  /** The sum of g^2 of a matrix, by output. */
  private static final class Squares {
    private double[] sums = new double[0];
  }

  /**
   * The scores of all structures.
   *
   * @throws ArithmeticException when the loss or what a matrix reads is not finite, naming where
   */
  Statistics measure(Runnable checkpoint) {
    Map<String, double[]> scores;
    try (NDManager manager = model.weights().manager().newSubManager()) {
      double loss = 0;
      int together = together();
      for (int row = 0; row < batch.rows(); row += together) {
        loss += weigh(batch.rows(row, Math.min(batch.rows(), row + together)), manager, checkpoint);
      }
      FiniteLoss.checked(loss, model, batch);
      model.weights().letGo();
      FreedMemory.trim(); // the sums of the next pass take what this one had
      try (GradMode off = GradMode.off()) {
        scores = scores(manager, checkpoint);
      }
    }
    Statistics statistics = new Statistics();
    order.forEach(name -> statistics.add(name(name), scores.get(name)));
    return statistics;
  }

  private int together() {
    long output = Costs.of(model.decoder(), batch.tokens()).passSizes().get(0).output();
    return together(batch.rows(), submodules.head() - lowest + 1, 4 * output, streamBytes);
  }

  /**
   * Of how many samples gradients are taken together.
   *
   * @param submodules whose inputs are held
   * @param row bytes that what goes into one of them takes, of one sample
   */
  public static int together(int samples, int submodules, long row) {
    return together(samples, submodules, row, STREAM_BYTES);
  }

  private static int together(int samples, int submodules, long row, long limit) {
    return Math.toIntExact(Math.max(1, Math.min(samples, limit / (submodules * row))));
  }

  /**
   * How many submodules lie from one whose input is kept to the next.
   *
   * @param count of submodules
   * @param bytes that what goes into one of them takes, of the samples that go together
   */
  public static int stride(int count, long bytes) {
    return SubmoduleInputs.stride(count, bytes, STREAM_BYTES);
  }

  static String name(String structure) {
    return Criterion.OBS.label() + "/" + structure;
  }

  /** The structures of a submodule whose sums are held together; one of none where it has none. */
  private List<List<OutputMatrix>> bunches(int submodule) {
    return OutputMatrix.bunches(bySubmodule.getOrDefault(submodule, List.of()), GRAM_BYTES);
  }

  /** Adds the squared gradients of some samples; returns the sum of their losses. */
  private double weigh(Batch some, NDManager owner, Runnable checkpoint) {
    try (NDManager manager = owner.newSubManager()) {
      SubmoduleInputs inputs =
          new SubmoduleInputs(submodules, some, lowest, streamBytes, manager, checkpoint);
      List<NDArray> gradients = new ArrayList<>();
      double loss = ofHead(some, inputs.of(submodules.head()), gradients, manager);
      for (int submodule = submodules.head() - 1; submodule >= lowest; submodule--) {
        inputs.release(submodule + 1);
        checkpoint.run();
        List<NDArray> streams = inputs.of(submodule);
        for (int row = 0; row < some.rows(); row++) {
          NDArray above = gradients.get(row);
          gradients.set(row, below(submodule, some.rows(row, row + 1), streams.get(row), above));
          above.close();
        }
      }
      return loss;
    }
  }

  /** Adds the gradients of the sum of each row's token losses to what goes into the head. */
  private double ofHead(
      Batch some, List<NDArray> inputs, List<NDArray> gradients, NDManager manager) {
    double loss = 0;
    try (GradMode mode = GradMode.recording()) {
      for (int i = 0; i < some.rows(); i++) {
        try (NDManager scope = manager.newSubManager()) {
          Batch row = some.rows(i, i + 1);
          NDArray input = kernels.leaf(scope, inputs.get(i));
          NDArray logits = submodules.run(submodules.head(), input, submodules.ops(scope, row));
          NDArray sum = kernels.crossEntropySum(scope, logits, row.targets(scope));
          loss += HostArrays.number(kernels.detach(scope, sum));
          NDArray gradient = kernels.grad(scope, sum, kernels.ones(scope), List.of(input)).get(0);
          gradient.attach(manager);
          gradients.add(gradient);
        }
      }
    }
    return loss;
  }

  /**
   * Adds a row's squared gradients in a submodule; returns the gradient of the submodule's input.
   */
  private NDArray below(int submodule, Batch row, NDArray given, NDArray upstream) {
    NDManager owner = upstream.getManager();
    try (NDManager local = owner.newSubManager();
        GradMode mode = GradMode.recording()) {
      NDArray input = kernels.leaf(local, given);
      Recording ops = new Recording(local, row);
      NDArray output = submodules.run(submodule, input, ops);
      List<NDArray> wanted = new ArrayList<>(ops.written.values());
      wanted.add(input);
      List<NDArray> gradients = kernels.grad(local, output, upstream, wanted);
      try (GradMode off = GradMode.off()) {
        int place = 0;
        for (String name : ops.written.keySet()) {
          add(squares.get(name), gradients.get(place++), local);
        }
      }
      NDArray below = gradients.get(gradients.size() - 1);
      below.attach(owner);
      return below;
    }
  }

  private void add(Squares squares, NDArray gradient, NDManager local) {
    if (gradient.size() == 0) {
      return; // of an expert that no token chooses
    }
    double[] moments = HostArrays.doubles(kernels.channelMoments(local, gradient));
    int width = moments.length / 2;
    if (squares.sums.length == 0) {
      squares.sums = new double[width];
    }
    for (int i = 0; i < width; i++) {
      squares.sums[i] += moments[width + i];
    }
  }

  /** A pass of a block that notes what the matrices write. */
  private final class Recording extends TensorOps {
    private final Map<String, NDArray> written = new LinkedHashMap<>();

    private Recording(NDManager scope, Batch row) {
      super(scope, model, row.idRows());
    }

    @Override
    public NDArray linear(NDArray x, Linear layer) {
      NDArray y = super.linear(x, layer);
      if (squares.containsKey(layer.name())) {
        written.put(layer.name(), y);
      }
      return y;
    }
  }

  /** The scores by structure, of sums that a forward pass adds up submodule by submodule. */
  private Map<String, double[]> scores(NDManager manager, Runnable checkpoint) {
    Map<String, double[]> scores = new LinkedHashMap<>();
    List<NDArray> streams = new ArrayList<>();
    for (int row = 0; row < batch.rows(); row++) {
      streams.add(batch.rows(row, row + 1).ids(manager));
    }
    int last = bySubmodule.keySet().stream().mapToInt(s -> s).max().orElse(0);
    for (int submodule = 0; submodule <= last; submodule++) {
      List<List<OutputMatrix>> bunches = bunches(submodule);
      for (int bunch = 0; bunch < bunches.size(); bunch++) {
        checkpoint.run();
        boolean goesOn = bunch == bunches.size() - 1;
        try (NDManager scope = manager.newSubManager()) {
          InputSums sums = new InputSums(bunches.get(bunch), scope);
          forward(submodule, streams, sums, goesOn);
          model.weights().letGo(); // ordering needs none of the block but a matrix, and memory
          FreedMemory.trim();
          for (OutputMatrix matrix : bunches.get(bunch)) {
            scores.put(matrix.structure().name(), scored(matrix, sums, scope));
          }
        }
      }
    }
    return scores;
  }

  /**
   * Takes all samples through a submodule.
   *
   * @param goesOn whether their streams become what it computes
   */
  private void forward(int submodule, List<NDArray> streams, InputSums sums, boolean goesOn) {
    for (int row = 0; row < batch.rows(); row++) {
      NDArray input = streams.get(row);
      NDManager owner = input.getManager();
      try (NDManager local = owner.newSubManager()) {
        TensorOps ops = sums.recording(local, model, batch.rows(row, row + 1));
        NDArray output = submodules.run(submodule, input, ops);
        if (goesOn) {
          output.attach(owner);
          streams.set(row, output);
          input.close();
        }
      }
    }
  }

  private double[] scored(OutputMatrix matrix, InputSums sums, NDManager scope) {
    long tokens = sums.tokens(matrix);
    if (tokens == 0) {
      return new GreedyRemoval.Order(
              IntStream.range(0, matrix.structure().units()).toArray(),
              new double[matrix.structure().units()])
          .scores(1);
    }
    NDArray sum = sums.gram(matrix);
    if (!kernels.isFinite(sum)) {
      throw new ArithmeticException(
          "structure '"
              + matrix.structure().name()
              + "': what '"
              + matrix.layer().name()
              + "' reads is not finite, or too large to be squared");
    }
    double[] squared = squares.get(matrix.layer().name()).sums;
    double[] roots = Arrays.stream(squared).map(s -> Math.sqrt(s / tokens)).toArray();
    try (NDManager local = scope.newSubManager()) {
      NDArray weighted = matrix.weight(model, local); // (out, in)
      model.weights().letGo();
      kernels.multiply(weighted, HostArrays.of(local, roots, roots.length, 1));
      NDArray gram = matrix.byUnit(sum, local);
      if (gram != sum) {
        sum.close();
      }
      int units = matrix.structure().units();
      int together = matrix.width() > 1 ? 1 : Math.max(1, units / STEPS);
      double rho = matrix.size() / (double) tokens;
      return new GreedyRemoval(matrix.width(), together)
          .of(weighted, gram, rho)
          .scores(0.5 / ((double) batch.rows() * batch.tokens()));
    }
  }
}
