package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Member;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Criterion.Family;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import dev.secateur.text.Batch;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Scores the members of coupled structures by every criterion of one family (arXiv 2305.11627,
 * section 3.2). Elements are float32, sums over a unit's elements are float64.
 */
public final class Estimation {
  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final List<CoupledStructure> structures;
  private final Map<String, List<Place>> places = new HashMap<>();
  private final Map<Criterion, double[][][]> scores = new EnumMap<>(Criterion.class);

  private record Place(int structure, int index, Member member) {}

  private Estimation(Model model, List<CoupledStructure> structures, Family family) {
    this.model = model;
    this.structures = structures;
    for (int s = 0; s < structures.size(); s++) {
      List<Member> members = structures.get(s).members();
      for (int m = 0; m < members.size(); m++) {
        places
            .computeIfAbsent(members.get(m).parameter(), p -> new ArrayList<>())
            .add(new Place(s, m, members.get(m)));
      }
    }
    for (Criterion criterion : Criterion.values()) {
      if (criterion.family() == family) {
        scores.put(
            criterion,
            structures.stream()
                .map(structure -> new double[structure.members().size()][])
                .toArray(double[][][]::new));
      }
    }
  }

  /**
   * @param structures what may be pruned
   * @param calibration samples of equal length
   * @param seed of the random criterion
   * @param checkpoint run between sections; may throw to end the estimation
   * @return for each criterion of the family the scores of each structure, in the order given
   */
  public static Map<Criterion, List<MemberScores>> of(
      Model model,
      List<CoupledStructure> structures,
      Family family,
      Batch calibration,
      long seed,
      Runnable checkpoint) {
    Estimation estimation = new Estimation(model, structures, family);
    switch (family) {
      case FIRST_ORDER -> estimation.taylor(calibration, false, checkpoint);
      case SECOND_ORDER -> estimation.taylor(calibration, true, checkpoint);
      case MAGNITUDE -> estimation.magnitude();
      case RANDOM -> estimation.random(seed);
    }
    return estimation.result();
  }

  private void taylor(Batch calibration, boolean secondOrder, Runnable checkpoint) {
    Set<String> wanted = new LinkedHashSet<>(places.keySet());
    new BlockwiseGradients(model, calibration, wanted, secondOrder, checkpoint)
        .walk(this::scoreByGradient);
  }

  private void scoreByGradient(String name, NDArray gradient, NDArray fisher) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray weight = model.weights().get(name);
      NDArray first = kernels.mul(scope, weight, gradient);
      if (fisher == null) {
        score(Criterion.TAYLOR_ELEMENT1, name, kernels.abs(scope, first), scope);
        score(Criterion.TAYLOR_VECTOR, name, first, scope);
      } else {
        NDArray second = kernels.mul(scope, kernels.mul(scope, weight, fisher), weight);
        NDArray half = kernels.scale(scope, second, -0.5);
        NDArray mixed = kernels.abs(scope, kernels.add(scope, first, half));
        score(Criterion.TAYLOR_ELEMENT2, name, kernels.abs(scope, second), scope);
        score(Criterion.TAYLOR_MIXED, name, mixed, scope);
      }
    }
  }

  private void magnitude() {
    try (GradMode mode = GradMode.off()) {
      for (String name : places.keySet()) {
        try (NDManager scope = model.weights().manager().newSubManager()) {
          NDArray weight = model.weights().get(name);
          score(Criterion.L1, name, kernels.abs(scope, weight), scope);
          score(Criterion.L2, name, kernels.mul(scope, weight, weight), scope);
        }
      }
    }
  }

  private void random(long seed) {
    for (int s = 0; s < structures.size(); s++) {
      CoupledStructure structure = structures.get(s);
      Random random = new Random(31 * seed + structure.name().hashCode());
      double[] units = random.doubles(structure.units()).toArray();
      for (int m = 0; m < structure.members().size(); m++) {
        scores.get(Criterion.RANDOM)[s][m] = units;
      }
    }
  }

  private void score(Criterion criterion, String name, NDArray salience, NDManager scope) {
    for (Place place : places.get(name)) {
      Member member = place.member();
      NDArray sums =
          criterion == Criterion.TAYLOR_VECTOR
              ? kernels.unitChannelSums(
                  scope,
                  salience,
                  member.dimension(),
                  member.outer(),
                  member.units(),
                  member.inner())
              : kernels.unitSums(
                  scope,
                  salience,
                  member.dimension(),
                  member.outer(),
                  member.units(),
                  member.inner());
      scores.get(criterion)[place.structure()][place.index()] = sums.toDoubleArray();
    }
  }

  private Map<Criterion, List<MemberScores>> result() {
    Map<Criterion, List<MemberScores>> result = new LinkedHashMap<>();
    scores.forEach(
        (criterion, byStructure) -> {
          List<MemberScores> list = new ArrayList<>();
          for (int s = 0; s < structures.size(); s++) {
            list.add(new MemberScores(structures.get(s).name(), List.of(byStructure[s])));
          }
          result.put(criterion, list);
        });
    return result;
  }
}
