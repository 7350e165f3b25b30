package dev.secateur.timing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Precision;
import dev.secateur.pruning.LatencyTable;
import dev.secateur.pruning.Recipe;
import dev.secateur.pruning.Slicer;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Measures how long each structure takes at the {@link Profiles#levels} of its profile: the time of
 * its block without that many units, with the block's other structure whole. A block stays on the
 * device while it is measured, so streamed models have the same times as others. Blocks with the
 * same shapes and the same attention are measured once and have the same times, so that noise
 * favours none of them.
 *
 * <p>Every run of a narrower block is followed by one of the whole block, and its time is the whole
 * block's median times the median of the ratios of such pairs: a temporary load on the machine
 * slows both. A run is as many passes as take {@link #LEAST_NANOS}. They are queued before the
 * program waits for the device, as in passes of a model.
 */
public final class StructureTimings {
  /** The least that a run lasts, in nanoseconds, in as many passes as that takes. */
  static final long LEAST_NANOS = 2_000_000;

  /** The most passes of a run. */
  private static final int MOST_PASSES = 256;

  private final Model model;
  private final List<CoupledStructure> structures;
  private final LatencyProtocol protocol;
  private final Stopwatch watch;
  private final Batch batch;

  /**
   * @param structures heads and MLP channels
   * @param protocol sequences and tokens of a pass, runs that do not count and runs that do
   */
  public StructureTimings(
      Model model, List<CoupledStructure> structures, LatencyProtocol protocol) {
    this(model, structures, protocol, StructureTimings::watched);
  }

  /** Measures work. */
  @FunctionalInterface
  interface Stopwatch {
    /**
     * Does the work.
     *
     * @param of the model whose parts it passes
     * @return seconds
     */
    double seconds(Model of, int passes, Runnable work);
  }

  private static double watched(Model of, int passes, Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  StructureTimings(
      Model model, List<CoupledStructure> structures, LatencyProtocol protocol, Stopwatch watch) {
    this.model = model;
    this.structures =
        structures.stream().filter(structure -> Profiles.levels(structure).length > 0).toList();
    this.protocol = protocol;
    this.watch = watch;
    this.batch = ids(protocol, model.decoder().vocabulary());
  }

  /** Any tokens: what they are changes no time, but of which experts they use. */
  private static Batch ids(LatencyProtocol protocol, int vocabulary) {
    long[][] ids = new long[protocol.batch()][protocol.length()];
    for (int row = 0; row < ids.length; row++) {
      for (int token = 0; token < ids[row].length; token++) {
        ids[row][token] = (row * 7919L + token * 104_729L) % vocabulary;
      }
    }
    return Batch.causal(ids);
  }

  /**
   * The times of all structures that have levels.
   *
   * @param precision computed in
   * @param checkpoint run between measurements; may throw to end the work
   */
  public LatencyTable measure(Precision precision, Runnable checkpoint) {
    Map<String, double[]> seconds = new HashMap<>();
    double forward;
    try (Model whole = model.stayingIn(precision);
        NDManager manager = whole.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray ids = batch.ids(manager);
      NDArray stream = once(whole, manager, ops -> whole.decoder().embed(ops, ids));
      checkpoint.run();
      forward = time(whole, ops -> whole.decoder().embed(ops, ids));
      Map<Object, Double> alike = new HashMap<>();
      Map<Object, double[]> times = new HashMap<>();
      for (int layer = 0; layer < whole.decoder().layers(); layer++) {
        int block = layer;
        Object shape = shape(whole.decoder(), layer);
        forward +=
            alike.computeIfAbsent(
                shape,
                any -> {
                  checkpoint.run();
                  return time(whole, ops -> whole.decoder().block(ops, stream, block));
                });
        for (CoupledStructure structure : structures) {
          if (structure.layer() == layer) {
            seconds.put(
                structure.name(),
                times.computeIfAbsent(
                    List.of(shape, place(structure)),
                    any -> times(whole, structure, alike.get(shape), stream, checkpoint)));
          }
        }
      }
      checkpoint.run();
      forward += time(whole, ops -> whole.decoder().head(ops, stream));
    }
    return new LatencyTable(forward, seconds);
  }

  /** What blocks that take the same time have in common. */
  private static Object shape(Decoder decoder, int layer) {
    String block = decoder.blockName(layer);
    List<Object> shapes =
        decoder.parameters().stream()
            .filter(parameter -> parameter.name().startsWith(block))
            .<Object>map(
                parameter -> List.of(parameter.name().substring(block.length()), parameter.shape()))
            .toList();
    Map<String, Object> options = new HashMap<>();
    decoder.layerOptions().forEach((key, of) -> options.put(key, of.get(layer)));
    return List.of(shapes, options);
  }

  /** Which of its block's structures one is. */
  private Object place(CoupledStructure structure) {
    String block = model.decoder().blockName(structure.layer());
    return structure.members().stream()
        .map(member -> List.of(member.parameter().replace(block, ""), member.dimension()))
        .toList();
  }

  /** A part of a pass. */
  @FunctionalInterface
  private interface Part {
    NDArray run(TensorOps ops);
  }

  private NDArray once(Model of, NDManager manager, Part part) {
    try (NDManager scope = of.weights().manager().newSubManager()) {
      NDArray result = part.run(new TensorOps(scope, of, batch.idRows()));
      result.attach(manager);
      return result;
    }
  }

  /** Seconds of this many passes, until the device has done them. */
  private double run(Model of, Part part, int passes) {
    try (NDManager scope = of.weights().manager().newSubManager()) {
      return watch.seconds(
          of,
          passes,
          () -> {
            for (int pass = 0; pass < passes; pass++) {
              once(of, scope, part).close();
            }
            HostArrays.await(scope);
          });
    }
  }

  /** How many passes make a run, after those that do not count. */
  private int passes(Model of, Part part) {
    for (int i = 0; i < protocol.warmup(); i++) {
      run(of, part, 1);
    }
    int passes = 1;
    while (passes < MOST_PASSES && run(of, part, passes) * 1e9 < LEAST_NANOS) {
      passes *= 2;
    }
    return passes;
  }

  private double time(Model of, Part part) {
    int passes = passes(of, part);
    return median(
            IntStream.range(0, protocol.repetitions()).mapToDouble(i -> run(of, part, passes)))
        / passes;
  }

  /** Of the block whole, and without as many of the structure's units as each level says. */
  private double[] times(
      Model whole,
      CoupledStructure structure,
      double wholeBlock,
      NDArray stream,
      Runnable checkpoint) {
    int layer = structure.layer();
    int[] levels = Profiles.levels(structure);
    double[] times = new double[levels.length + 1];
    times[0] = wholeBlock;
    Part dense = ops -> whole.decoder().block(ops, stream, layer);
    for (int level = 0; level < levels.length; level++) {
      checkpoint.run();
      List<Integer> gone = IntStream.range(0, levels[level]).boxed().toList();
      Recipe.Group group = new Recipe.Group(structure.name(), structure.units(), gone);
      try (Model narrower = Slicer.slice(whole, List.of(group))) {
        Part part = ops -> narrower.decoder().block(ops, stream, layer);
        passes(narrower, part);
        int passes = passes(whole, dense);
        double[] ratios = new double[protocol.repetitions()];
        for (int i = 0; i < ratios.length; i++) {
          double own = run(narrower, part, passes);
          ratios[i] = own / run(whole, dense, passes);
        }
        times[level + 1] = wholeBlock * median(Arrays.stream(ratios));
      }
    }
    return times;
  }

  private static double median(DoubleStream numbers) {
    double[] sorted = numbers.sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
