package dev.secateur.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import dev.secateur.text.TokenRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares a model's logits, loss and gradients with golden values that another program computed:
 * {@code input_ids} (B, T), {@code logits} (B, T, V), {@code loss} (mean next-token cross entropy)
 * and {@code grad.<parameter>}.
 */
public final class Verification {
  private static final String GRADIENT = "grad.";

  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final SafetensorsFile golden;
  private final String file;
  private final List<Difference> differences = new ArrayList<>();

  /**
   * How far a tensor is off: ||a - b|| / max(||b||, a hundredth of the median norm of its kind),
   * since some gradients, such as a key bias's, are zero in exact arithmetic.
   *
   * @param kind {@code logits}, {@code loss} or {@code gradient}
   */
  public record Difference(String kind, String tensor, double error) {}

  private Verification(Model model, SafetensorsFile golden, String file) {
    this.model = model;
    this.golden = golden;
    this.file = file;
  }

  /**
   * Runs the model forward and backward.
   *
   * @param file what errors call the golden values
   * @return the difference of every golden tensor
   * @throws InputException when a golden tensor is missing, or is of no parameter of the model
   */
  public static List<Difference> of(Model model, SafetensorsFile golden, String file) {
    Verification verification = new Verification(model, golden, file);
    verification.run();
    return List.copyOf(verification.differences);
  }

  /** The model's logits for the golden file's input. */
  public static double[] logits(Model model, SafetensorsFile golden) {
    Batch batch = new Verification(model, golden, "golden values").batch();
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return doubles(model.logits(scope, batch));
    }
  }

  private void run() {
    Batch batch = batch();
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.recording()) {
      Map<String, NDArray> leaves = new LinkedHashMap<>();
      TensorOps ops =
          new TensorOps(
              scope,
              model,
              name ->
                  model.weights().arrays().containsKey(name)
                      ? leaves.computeIfAbsent(
                          name, n -> kernels.leaf(scope, model.weights().get(n)))
                      : model.weights().get(name),
              batch.idRows());
      NDArray logits = model.decoder().logits(ops, batch.ids(scope));
      compareLogits(logits);
      NDArray sum = kernels.crossEntropySum(scope, logits, batch.targets(scope));
      NDArray loss = kernels.scale(scope, sum, 1.0 / batch.predicted());
      if (golden.tensors().containsKey("loss")) {
        double[] expected = golden.reals("loss");
        add("loss", "loss", new double[] {loss.getFloat()}, expected, 0);
      }
      compareGradients(loss, leaves, scope);
    }
  }

  private Batch batch() {
    long vocabulary = model.decoder().config().size("vocab_size");
    return Batch.causal(TokenRows.read(golden, file, vocabulary));
  }

  private void compareLogits(NDArray logits) {
    long[] found = logits.getShape().getShape();
    long[] expected = golden.tensor("logits").shape();
    if (!Arrays.equals(found, expected)) {
      throw new InputException(
          file
              + ": 'logits' has shape "
              + Arrays.toString(expected)
              + ", the model's are "
              + Arrays.toString(found));
    }
    add("logits", "logits", doubles(logits), golden.reals("logits"), 0);
  }

  private void compareGradients(NDArray loss, Map<String, NDArray> leaves, NDManager scope) {
    Map<String, double[]> expected = new LinkedHashMap<>();
    for (String tensor : golden.tensors().keySet()) {
      if (tensor.startsWith(GRADIENT)) {
        String parameter = tensor.substring(GRADIENT.length());
        if (!leaves.containsKey(parameter)) {
          throw new InputException(
              file + ": '" + tensor + "' is of no parameter that the model uses");
        }
        expected.put(parameter, golden.reals(tensor));
      }
    }
    if (expected.isEmpty()) {
      return;
    }
    double[] norms = expected.values().stream().mapToDouble(Verification::norm).sorted().toArray();
    double median = norms[norms.length / 2];
    List<String> names = List.copyOf(expected.keySet());
    List<NDArray> wanted = names.stream().map(leaves::get).toList();
    List<NDArray> gradients = kernels.grad(scope, loss, scope.ones(new Shape()), wanted);
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      add("gradient", name, doubles(gradients.get(i)), expected.get(name), median);
    }
  }

  private void add(String kind, String tensor, double[] found, double[] expected, double median) {
    if (found.length != expected.length) {
      throw new InputException(
          file
              + ": the golden "
              + kind
              + " of '"
              + tensor
              + "' has "
              + expected.length
              + " elements, the model's "
              + found.length);
    }
    double squares = 0;
    for (int i = 0; i < found.length; i++) {
      squares += (found[i] - expected[i]) * (found[i] - expected[i]);
    }
    double reference = Math.max(norm(expected), 1e-2 * median);
    double error = reference == 0 ? Math.sqrt(squares) : Math.sqrt(squares) / reference;
    differences.add(
        new Difference(kind, tensor, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error));
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
  }

  private static double[] doubles(NDArray array) {
    float[] floats = array.toFloatArray();
    double[] values = new double[floats.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    return values;
  }
}
