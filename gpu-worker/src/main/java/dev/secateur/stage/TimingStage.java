package dev.secateur.stage;

import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.TimingSpec;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.LatencyTable;
import dev.secateur.tensor.Machine;
import dev.secateur.timing.StructureTimings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures how long structures take and stores it: of each structure that has several units a
 * float64 tensor with the seconds of its block, whole and at each level, and the seconds of the
 * whole model's pass.
 */
final class TimingStage implements StageComputation<TimingSpec> {
  /** What no structure is called. */
  private static final String FORWARD = "forward";

  @Override
  public Class<TimingSpec> spec() {
    return TimingSpec.class;
  }

  @Override
  public Map<String, Double> compute(TimingSpec spec, StageContext context, Path folder)
      throws IOException {
    List<CoupledStructure> eligible =
        Eligible.of(
            context.structures(spec.discovery()),
            spec.strategy(),
            new Eligible.Layers(spec.attention(), spec.mlp()));
    AtomicInteger measured = new AtomicInteger();
    LatencyTable table =
        new StructureTimings(context.base(spec.model()), eligible, spec.protocol())
            .measure(
                spec.precision(),
                () -> context.report(measured.getAndIncrement(), 0, "measurements"));
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    tensors.add(SafetensorsWriter.Tensor.of(FORWARD, new double[] {table.forward()}, 1));
    new TreeMap<>(table.seconds())
        .forEach(
            (name, seconds) ->
                tensors.add(SafetensorsWriter.Tensor.of(name, seconds, seconds.length)));
    Map<String, String> measuredOn = new TreeMap<>(Machine.of(context.resident().device()));
    LatencyProtocol protocol = spec.protocol();
    measuredOn.put("batch", Integer.toString(protocol.batch()));
    measuredOn.put("length", Integer.toString(protocol.length()));
    SafetensorsWriter.write(folder.resolve(StageContext.TIMINGS), measuredOn, tensors);
    return Map.of(
        "structures", (double) table.seconds().size(), "forward_seconds", table.forward());
  }

  /** The times of a stage. */
  static LatencyTable read(StageContext context, StageKey stage) {
    Path path = context.artifact(stage).file(StageContext.TIMINGS);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Map<String, double[]> seconds = new HashMap<>();
      file.tensors().keySet().forEach(name -> seconds.put(name, file.reals(name)));
      double forward = seconds.remove(FORWARD)[0];
      return new LatencyTable(forward, seconds);
    }
  }

  @Override
  public String memoryNeed(TimingSpec spec) {
    return "passes of "
        + spec.protocol().batch()
        + " x "
        + spec.protocol().length()
        + " tokens, and a block twice (smaller timing.batch or timing.length need less)";
  }
}
