package dev.secateur.local.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.Residency;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.memory.Work;
import dev.secateur.model.Batch;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.ForwardPass;
import dev.secateur.model.Layout;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterSource.ReadTimes;
import dev.secateur.model.SubmoduleParameters;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.training.Lora;
import dev.secateur.training.LoraAdapter;
import dev.secateur.training.Trainer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Times computation while weights are read from a checkpoint's files: reading and casting alone, a
 * forward pass, and estimation of first order over all blocks or a step of recovery; and how much
 * of the reading, and on a device of the copying, the computation hides.
 */
public final class StreamBench {
  private final Checkpoint checkpoint;
  private final Device device;
  private final Batch batch;
  private final Map<String, Double> figures = new LinkedHashMap<>();

  /**
   * @param rows of random tokens
   * @param tokens of a row
   */
  public StreamBench(Checkpoint checkpoint, int rows, int tokens, Device device) {
    this.checkpoint = checkpoint;
    this.device = device;
    Random random = new Random(1);
    long[][] ids = new long[rows][];
    for (int row = 0; row < rows; row++) {
      ids[row] = random.longs(tokens, 0, checkpoint.decoder().vocabulary()).toArray();
    }
    this.batch = Batch.causal(ids);
  }

  /** What is timed after reading alone and a forward pass. */
  public enum Timed {
    FORWARD,
    FIRST_ORDER,
    RECOVERY
  }

  /**
   * What it does, in the sizes that memory depends on.
   *
   * @param microBatch as of {@link #run}
   */
  public static List<Work> works(Timed timed, int rows, int tokens, int microBatch) {
    Work forward = new Work.Rows(rows, tokens);
    return switch (timed) {
      case FORWARD -> List.of(forward);
      case FIRST_ORDER ->
          List.of(forward, new Work.Gradients(rows, tokens, false, false, Activations.RECOMPUTE));
      case RECOVERY -> List.of(forward, RecoverBench.work(rows, microBatch, tokens, true));
    };
  }

  /**
   * Figures by their names, in the order they were measured.
   *
   * @param microBatch rows that recovery computes at once
   */
  public Map<String, Double> run(Timed timed, int microBatch) {
    figures.put("stored bytes", (double) storedBytes());
    try (Model model = CheckpointReader.open(checkpoint, device, Residency.STREAMED)) {
      readAll(model); // looks at every value once
      double seconds = seconds(() -> readAll(model));
      figures.put("seconds to read and cast", seconds);
      figures.put("bytes read and cast a second", storedBytes() / seconds);
      PlainProducts plain = new PlainProducts(model);
      double rate = plain.forward((long) batch.rows() * batch.tokens());
      figures.put("operations of products a second", rate);
      double products = passOperations() / rate;
      double pass = timed("forward pass", model, () -> forward(model), products);
      copying(seconds, products, pass);
      if (timed == Timed.FIRST_ORDER) {
        // forward, forward again, and two products for each of forward's
        timed("first order", model, () -> estimate(model), 4 * products);
      } else if (timed == Timed.RECOVERY) {
        recovery(model, plain, microBatch);
      }
    }
    return figures;
  }

  private double passOperations() {
    return 2.0 * Costs.of(checkpoint.decoder(), batch.tokens()).macs() * batch.rows();
  }

  /**
   * A step of recovery: each block is computed twice and its input's gradient once, the head is
   * computed once. Its products are of a micro-batch's tokens.
   */
  private void recovery(Model model, PlainProducts plain, int microBatch) {
    long tokens = (long) microBatch * batch.tokens();
    double forward = plain.forward(tokens);
    double backward = plain.backward(tokens);
    figures.put("operations of a micro-batch's products a second", forward);
    figures.put("operations of their gradients a second", backward);
    Decoder decoder = model.decoder();
    long outputs = Costs.of(decoder, batch.tokens()).passSizes().get(0).output();
    double width = (double) outputs / batch.tokens();
    double head = 2 * width * decoder.vocabulary() * batch.tokens() * batch.rows();
    double all = passOperations();
    double products = (2 * all - head) / forward + all / backward;
    timed("step of recovery", model, () -> recover(model, microBatch), products);
  }

  private void recover(Model model, int microBatch) {
    try (LoraAdapter adapter = LoraAdapter.fresh(model, RecoverBench.lora(model.decoder()), 1)) {
      new Trainer(
              new Lora(model, adapter), RecoverBench.settings(1, microBatch, true), step -> batch)
          .run(step -> {});
    }
  }

  private long storedBytes() {
    Map<String, dev.secateur.checkpoint.ElementType> types = checkpoint.types();
    return checkpoint.decoder().parameters().stream()
        .mapToLong(parameter -> parameter.elements() * types.get(parameter.name()).bytes())
        .sum();
  }

  /**
   * On the host weights are used where the file is mapped. To a device all are copied once in a
   * forward pass, which takes as much less time than copying and computing one after the other as
   * they overlap.
   *
   * @param copying seconds of reading, copying and casting all weights, and nothing else
   */
  private void copying(double copying, double products, double pass) {
    boolean isHost = device.equals(Device.cpu());
    figures.put("forward pass, bytes copied to the device", isHost ? 0.0 : storedBytes());
    if (!isHost) {
      double overlap = (copying + products - pass) / Math.min(copying, products);
      figures.put("forward pass, share of copying hidden", Math.max(0, Math.min(1, overlap)));
    }
  }

  private double timed(String what, Model model, Runnable work, double products) {
    ReadTimes before = model.weights().source().readTimes();
    double seconds = seconds(work);
    ReadTimes after = model.weights().source().readTimes();
    double read = after.read() - before.read();
    double waited = after.waited() - before.waited();
    figures.put(what + ", seconds", seconds);
    figures.put(what + ", seconds of its products alone", products);
    figures.put(what + ", seconds of reading", read);
    figures.put(what + ", seconds waited for reading", waited);
    figures.put(what + ", share of reading hidden", read == 0 ? 1 : 1 - waited / read);
    return seconds;
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private static void readAll(Model model) {
    SubmoduleParameters submodules = SubmoduleParameters.of(model.decoder());
    for (int submodule = 0; submodule < submodules.count(); submodule++) {
      NDArray last = null;
      for (String name : submodules.of(submodule)) {
        last = model.weights().get(name);
      }
      PlainProducts.finish(last);
    }
  }

  private void forward(Model model) {
    ForwardPass.of(model)
        .run(
            List.of(Layout.of(batch.idRows())),
            (index, logits, scope) ->
                HostArrays.number(
                    Kernels.get().crossEntropySum(scope, logits, batch.targets(scope))),
            () -> {});
  }

  private void estimate(Model model) {
    Eligible.Layers all = Eligible.Layers.both(0, model.decoder().layers());
    Estimation.measure(
        model,
        Eligible.of(Discovery.of(model.decoder()), Strategy.BLOCK, all),
        List.of(Criterion.TAYLOR_ELEMENT1),
        Calibration.whole(batch),
        () -> {});
  }
}
