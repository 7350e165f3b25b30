package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The importance of a unit as the paper defines it (arXiv 2305.11627, Eq. 2), measured and not
 * approximated: |L(W) - L(W with the unit's weights zero)|, and of a block the change when it is
 * left out. What stands below the unit is computed once.
 */
final class Ablation {
  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final List<CoupledStructure> structures;
  private final Calibration calibration;
  private final Sections sections;
  private final Batch batch;
  private final Statistics statistics = new Statistics();

  Ablation(Model model, List<CoupledStructure> structures, Calibration calibration) {
    this.model = model;
    this.structures = structures;
    this.calibration = calibration;
    this.sections = new Sections(model);
    this.batch = calibration.batch();
  }

  Statistics measure(Runnable checkpoint) {
    int all = structures.stream().mapToInt(CoupledStructure::units).sum();
    int from = calibration.from(all);
    int to = calibration.to(all);
    try (NDManager manager = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      List<NDArray> inputs =
          sections.inputs(manager, batch, (scope, section) -> sections.ops(scope, batch));
      double whole =
          FiniteLoss.checked(
              lossFrom(sections.head(), inputs.get(sections.head()), manager), model, batch);
      int index = 0;
      for (CoupledStructure structure : structures) {
        double[] change = new double[structure.units()];
        for (int unit = 0; unit < structure.units(); unit++, index++) {
          if (index >= from && index < to) {
            checkpoint.run();
            change[unit] = Math.abs(finiteWithout(structure, unit, inputs) - whole);
          }
        }
        statistics.add(Criterion.ABLATION.label() + "/" + structure.name(), change);
      }
    }
    return statistics;
  }

  private double finiteWithout(CoupledStructure structure, int unit, List<NDArray> inputs) {
    double loss = without(structure, unit, inputs);
    if (!Double.isFinite(loss)) {
      throw new ArithmeticException(
          "without unit %d of structure '%s' the calibration loss is %s"
              .formatted(unit, structure.name(), loss));
    }
    return loss;
  }

  private double without(CoupledStructure structure, int unit, List<NDArray> inputs) {
    try (NDManager scope = model.weights().manager().newSubManager()) {
      if (structure.kind() == Kind.LAYERS) {
        return lossFrom(unit + 2, inputs.get(unit + 1), scope);
      } else if (structure.kind() == Kind.RESIDUAL) {
        throw new InputException(
            "the criterion 'ablation' measures heads, MLP channels and layers, not residual"
                + " channels");
      }
      int section = structure.layer() + 1;
      Map<String, NDArray> zeroed = zeroed(structure, unit, scope);
      TensorOps ops =
          sections.opsWith(
              scope,
              batch,
              name -> zeroed.containsKey(name) ? zeroed.get(name) : model.weights().get(name));
      return lossFrom(section + 1, sections.run(section, inputs.get(section), ops), scope);
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

  /** The calibration loss when a section's input is given. */
  private double lossFrom(int section, NDArray input, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray x = input;
      for (int s = section; s <= sections.head(); s++) {
        x = sections.run(s, x, sections.ops(scope, batch));
      }
      NDArray sum = kernels.crossEntropySum(scope, x, batch.targets(scope));
      return sum.getFloat() / batch.predicted();
    }
  }
}
