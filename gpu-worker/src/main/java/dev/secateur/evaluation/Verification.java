package dev.secateur.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.estimation.LossGradients;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.SubmoduleParameters;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.text.TokenRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares a model's logits, loss and gradients with golden values that another program computed:
 * {@code input_ids} (B, T), {@code logits} (B, T, V), {@code loss} (mean next-token cross entropy)
 * and {@code grad.<parameter>}.
 */
public final class Verification {
  private static final String GRADIENT = "grad.";

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

  /** The parameters of which a golden file has gradients. */
  public static Set<String> gradients(SafetensorsFile golden) {
    return golden.tensors().keySet().stream()
        .filter(tensor -> tensor.startsWith(GRADIENT))
        .map(tensor -> tensor.substring(GRADIENT.length()))
        .collect(Collectors.toCollection(LinkedHashSet::new));
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
    add("logits", "logits", logits(batch), golden.reals("logits"), 0);
    Map<String, double[]> expected = gradients();
    double[] norms = expected.values().stream().mapToDouble(Verification::norm).sorted().toArray();
    double median = norms.length == 0 ? 0 : norms[norms.length / 2];
    Map<String, Difference> found = new HashMap<>();
    double loss =
        LossGradients.of(
            model,
            batch,
            expected.keySet(),
            (name, gradient) ->
                found.put(
                    name,
                    difference("gradient", name, doubles(gradient), expected.get(name), median)));
    if (golden.tensors().containsKey("loss")) {
      add("loss", "loss", new double[] {(float) loss}, golden.reals("loss"), 0);
    }
    expected.keySet().forEach(name -> differences.add(found.get(name)));
  }

  private double[] logits(Batch batch) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray logits = model.logits(scope, batch);
      checkShape(logits);
      return doubles(logits);
    }
  }

  private Batch batch() {
    long vocabulary = model.decoder().config().size("vocab_size");
    return Batch.causal(TokenRows.read(golden, file, vocabulary));
  }

  private void checkShape(NDArray logits) {
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
  }

  /** The golden gradients by the parameter's name. */
  private Map<String, double[]> gradients() {
    SubmoduleParameters submodules = SubmoduleParameters.of(model.decoder());
    Map<String, double[]> expected = new LinkedHashMap<>();
    for (String parameter : gradients(golden)) {
      String tensor = GRADIENT + parameter;
      if (submodules.using(parameter).isEmpty()) {
        throw new InputException(
            file + ": '" + tensor + "' is not a parameter that the model uses");
      }
      expected.put(parameter, golden.reals(tensor));
    }
    return expected;
  }

  private void add(String kind, String tensor, double[] found, double[] expected, double median) {
    differences.add(difference(kind, tensor, found, expected, median));
  }

  private Difference difference(
      String kind, String tensor, double[] found, double[] expected, double median) {
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
    return new Difference(kind, tensor, Double.isNaN(error) ? Double.POSITIVE_INFINITY : error);
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
  }

  private static double[] doubles(NDArray array) {
    float[] floats = HostArrays.floats(array);
    double[] values = new double[floats.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    return values;
  }
}
