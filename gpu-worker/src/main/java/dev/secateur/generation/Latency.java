package dev.secateur.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The measured speed of a model: the forward pass over given tokens in batches, and tokens
 * generated one by one with a key/value cache.
 *
 * @param forward seconds of a pass over all inputs
 * @param token seconds of a generated token
 * @param tokens of a pass
 */
public record Latency(Spread forward, Spread token, long tokens) {

  /**
   * Measurements in seconds; zeros where nothing was measured.
   *
   * @param tenth nine of ten took longer
   * @param ninetieth one of ten took longer
   */
  public record Spread(double median, double tenth, double ninetieth, int count) {
    static Spread of(List<Double> seconds) {
      double[] sorted = seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return sorted.length == 0
          ? new Spread(0, 0, 0, 0)
          : new Spread(at(sorted, 0.5), at(sorted, 0.1), at(sorted, 0.9), sorted.length);
    }

    /** Between the neighbours, where the place is no whole number. */
    private static double at(double[] sorted, double quantile) {
      double place = quantile * (sorted.length - 1);
      int below = (int) Math.floor(place);
      int above = (int) Math.ceil(place);
      return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
  }

  /** Told before each pass; may throw to end the measurement. */
  @FunctionalInterface
  public interface Listener {
    void passesDone(int done, int all);
  }

  /**
   * @param windows inputs of equal length; a pass goes over all of them
   */
  public static Latency measure(
      Model model, long[][] windows, LatencyProtocol protocol, Listener listener) {
    List<Double> forward = new ArrayList<>();
    List<Double> token = new ArrayList<>();
    int all = protocol.warmup() + protocol.repetitions();
    for (int pass = 0; pass < all; pass++) {
      listener.passesDone(pass, all);
      double seconds = pass(model, windows, protocol.batch());
      List<Double> generated = generate(model, windows[0], protocol.generated());
      if (pass >= protocol.warmup()) {
        forward.add(seconds);
        token.addAll(generated);
      }
    }
    return new Latency(
        Spread.of(forward), Spread.of(token), (long) windows.length * windows[0].length);
  }

  private static double pass(Model model, long[][] windows, int batch) {
    long start = System.nanoTime();
    try (GradMode mode = GradMode.off()) {
      for (int from = 0; from < windows.length; from += batch) {
        int to = Math.min(windows.length, from + batch);
        try (NDManager scope = model.weights().manager().newSubManager()) {
          finish(scope, model.logits(scope, Batch.causal(Arrays.copyOfRange(windows, from, to))));
        }
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /** Devices work ahead of the program; a number that is read is one that is there. */
  private static void finish(NDManager scope, NDArray logits) {
    Kernels kernels = Kernels.get();
    HostArrays.floats(kernels.float32(scope, kernels.flat(scope, logits, 0, 1)));
  }

  private static List<Double> generate(Model model, long[] prompt, int tokens) {
    List<Double> seconds = new ArrayList<>();
    if (tokens == 0) {
      return seconds;
    }
    try (CachedPass pass = new CachedPass(model)) {
      float[] logits = pass.append(prompt);
      for (int i = 0; i < tokens; i++) {
        long start = System.nanoTime();
        logits = pass.append(Ranking.first(logits));
        seconds.add((System.nanoTime() - start) / 1e9);
      }
    }
    return seconds;
  }
}
