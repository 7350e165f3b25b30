package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The importance of a unit as the paper defines it (arXiv 2305.11627, Eq. 2), measured and not
 * approximated: |L(W) - L(W with the unit's weights zero)|, for a block the change when it is left
 * out, for an expert when no token can be routed to it. The layers below the unit are computed
 * once.
 */
final class Ablation {
  /** What the residual streams that go together may take. */
  private static final long RESIDUAL_BYTES = 1L << 30;

  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final List<CoupledStructure> structures;
  private final Calibration calibration;
  private final Submodules submodules;
  private final Batch batch;
  private final Statistics statistics = new Statistics();

  Ablation(Model model, List<CoupledStructure> structures, Calibration calibration) {
    this.model = model;
    this.structures = structures;
    this.calibration = calibration;
    this.submodules = new Submodules(model);
    this.batch = calibration.batch();
  }

  Statistics measure(Runnable checkpoint) {
    List<Variant> variants = new ArrayList<>();
    structures.forEach(structure -> variants.addAll(Variant.of(structure)));
    List<Variant> own =
        variants.subList(calibration.from(variants.size()), calibration.to(variants.size()));
    Map<String, double[]> changes = new LinkedHashMap<>();
    structures.forEach(s -> changes.put(s.name(), new double[s.units()]));
    try (NDManager manager = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      List<NDArray> inputs =
          submodules.inputs(manager, batch, (scope, submodule) -> submodules.ops(scope, batch));
      double whole = loss(inputs.get(submodules.head()), manager);
      FiniteLoss.checked(whole, model, batch);
      int together = together(inputs.get(submodules.head()), own.size());
      for (int start = 0; start < own.size(); start += together) {
        List<Variant> some = own.subList(start, Math.min(own.size(), start + together));
        double[] losses = losses(some, inputs, checkpoint);
        for (int i = 0; i < losses.length; i++) {
          Variant variant = some.get(i);
          changes.get(variant.structure().name())[variant.unit()] = Math.abs(losses[i] - whole);
        }
      }
    }
    changes.forEach(
        (name, change) -> statistics.add(Criterion.ABLATION.label() + "/" + name, change));
    return statistics;
  }

  /** How many variants go through a submodule before the next one is read. */
  private int together(NDArray residual, int all) {
    long most = Math.min(all, RESIDUAL_BYTES / (4 * residual.size()));
    int together = 1;
    while (together < most && model.weights().inputsAtOnce().admits(together)) {
      together++;
    }
    return together;
  }

  /**
   * The model without a unit.
   *
   * @param submodule the first that computes something else than the whole model
   */
  private record Variant(CoupledStructure structure, int unit, int submodule) {
    private static List<Variant> of(CoupledStructure structure) {
      if (structure.kind() == Kind.RESIDUAL) {
        throw new InputException(
            "the criterion 'ablation' measures heads, MLP channels, experts and layers, not residual"
                + " channels");
      }
      return IntStream.range(0, structure.units())
          .mapToObj(
              unit ->
                  new Variant(
                      structure,
                      unit,
                      structure.kind() == Kind.LAYERS ? unit + 1 : structure.layer() + 1))
          .toList();
    }
  }

  /**
   * The calibration losses of variants, all of which go through a submodule before the next.
   *
   * @param inputs of each submodule in the whole model
   */
  private double[] losses(List<Variant> variants, List<NDArray> inputs, Runnable checkpoint) {
    double[] losses = new double[variants.size()];
    int lowest = variants.stream().mapToInt(Variant::submodule).min().orElseThrow();
    try (NDManager manager = model.weights().manager().newSubManager()) {
      NDArray[] streams = new NDArray[variants.size()];
      for (int submodule = lowest; submodule < submodules.head(); submodule++) {
        checkpoint.run();
        for (int i = 0; i < streams.length; i++) {
          Variant variant = variants.get(i);
          if (submodule >= variant.submodule()) {
            streams[i] = next(variant, submodule, inputs.get(submodule), streams[i], manager);
          }
        }
      }
      for (int i = 0; i < streams.length; i++) {
        losses[i] = loss(streams[i], manager);
        if (!Double.isFinite(losses[i])) {
          throw new ArithmeticException(
              "without unit %d of structure '%s' the calibration loss is %s"
                  .formatted(
                      variants.get(i).unit(), variants.get(i).structure().name(), losses[i]));
        }
      }
    }
    return losses;
  }

  /** What comes out of a submodule of a variant. */
  private NDArray next(
      Variant variant, int submodule, NDArray input, NDArray stream, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray output;
      if (submodule > variant.submodule()) {
        output = submodules.run(submodule, stream, submodules.ops(scope, batch));
        stream.close();
      } else if (variant.structure().kind() == Kind.LAYERS) {
        output = kernels.detach(scope, input); // the block is left out
      } else if (variant.structure().kind() == Kind.EXPERTS) {
        output =
            submodules.run(submodule, input, submodules.opsWithout(scope, batch, variant.unit()));
      } else {
        Map<String, NDArray> zeroed = zeroed(variant.structure(), variant.unit(), scope);
        output =
            submodules.run(
                submodule,
                input,
                submodules.opsWith(
                    scope,
                    batch,
                    name ->
                        zeroed.containsKey(name) ? zeroed.get(name) : model.weights().get(name)));
      }
      output.attach(manager);
      return output;
    }
  }

  private Map<String, NDArray> zeroed(CoupledStructure structure, int unit, NDManager scope) {
    Map<String, NDArray> zeroed = new HashMap<>();
    for (Member member : structure.members()) {
      NDArray copy =
          zeroed.computeIfAbsent(
              member.parameter(), name -> kernels.scale(scope, model.weights().get(name), 1));
      long[] entries = member.entries(unit).stream().mapToLong(Integer::longValue).toArray();
      kernels.zeroSlices(copy, member.dimension(), entries);
    }
    return zeroed;
  }

  /** The calibration loss when the head's input is given. */
  private double loss(NDArray stream, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray logits = submodules.run(submodules.head(), stream, submodules.ops(scope, batch));
      NDArray sum = kernels.crossEntropySum(scope, logits, batch.targets(scope));
      return HostArrays.number(sum) / batch.predicted();
    }
  }
}
