package dev.secateur.estimation;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Criterion.Family;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Scores the members of coupled structures (arXiv 2305.11627, section 3.2): first statistics are
 * measured, which can be done in parts, then scores follow from them. Elements are float32, sums
 * over a unit's elements are float64.
 */
public final class Estimation {
  private Estimation() {}

  /**
   * Measures what the criteria of a family need.
   *
   * @param structures what may be pruned
   * @param criteria of one family
   * @param checkpoint run between submodules; may throw to end the estimation
   */
  public static Statistics measure(
      Model model,
      List<CoupledStructure> structures,
      List<Criterion> criteria,
      Calibration calibration,
      Runnable checkpoint) {
    Places places = new Places(model.decoder(), structures);
    return switch (criteria.get(0).family()) {
      case FIRST_ORDER, SECOND_ORDER ->
          new Taylor(model, places, criteria, calibration).measure(checkpoint);
      case MAGNITUDE -> new Magnitude(model, places).measure();
      case ACTIVATION -> new InputStatistics(model, calibration).measure(checkpoint);
      case ABLATION -> new Ablation(model, structures, calibration).measure(checkpoint);
      case ROUTING -> new ExpertUse(model, calibration).measure(checkpoint);
      case OUTPUT_ERROR -> new OutputErrors(model, structures, calibration).measure(checkpoint);
      case BLOCK_INFLUENCE -> new BlockInfluence(model, calibration).measure(checkpoint);
      case PLUG_IN ->
          new PlugInScores(model, places, criteria.get(0)).measure(calibration, checkpoint);
      case RANDOM, POSITION -> new Statistics();
      case GIVEN -> throw new IllegalArgumentException("scores from a file are not estimated");
    };
  }

  /**
   * The scores that follow from all statistics.
   *
   * @param seed of the random criterion
   * @return of each structure, in the order given
   * @throws ArithmeticException naming the structure and the tensor of a score that is not finite
   */
  public static List<MemberScores> scores(
      Model model,
      List<CoupledStructure> structures,
      Criterion criterion,
      Statistics statistics,
      long seed) {
    List<MemberScores> scores =
        switch (criterion.family()) {
          case FIRST_ORDER, SECOND_ORDER, MAGNITUDE, PLUG_IN ->
              bySums(structures, criterion, statistics);
          case ACTIVATION -> InputStatistics.scores(model, structures, criterion, statistics);
          case ROUTING ->
              structures.stream()
                  .map(s -> single(s, ExpertUse.scores(s, criterion, statistics)))
                  .toList();
          case ABLATION, BLOCK_INFLUENCE, OUTPUT_ERROR ->
              structures.stream()
                  .map(s -> single(s, statistics.get(criterion.label() + "/" + s.name())))
                  .toList();
          case RANDOM -> structures.stream().map(s -> single(s, random(s, seed))).toList();
          case POSITION ->
              structures.stream().map(s -> single(s, positions(s, criterion))).toList();
          case GIVEN -> throw new IllegalArgumentException("scores from a file are not estimated");
        };
    return FiniteScores.checked(model.decoder(), structures, criterion, scores);
  }

  /**
   * Measures all that one criterion needs, and scores by it.
   *
   * @param seed of the random criterion
   * @param checkpoint run between submodules; may throw to end the estimation
   */
  public static List<MemberScores> of(
      Model model,
      List<CoupledStructure> structures,
      Criterion criterion,
      Calibration calibration,
      long seed,
      Runnable checkpoint) {
    Statistics statistics = measure(model, structures, List.of(criterion), calibration, checkpoint);
    return scores(model, structures, criterion, statistics, seed);
  }

  /** Measures and scores in one go by all criteria of a family. */
  public static Map<Criterion, List<MemberScores>> of(
      Model model,
      List<CoupledStructure> structures,
      Family family,
      Calibration calibration,
      long seed,
      Runnable checkpoint) {
    List<Criterion> criteria =
        java.util.Arrays.stream(Criterion.values()).filter(c -> c.family() == family).toList();
    Map<Criterion, List<MemberScores>> scores = new LinkedHashMap<>();
    boolean every = family != Family.POSITION;
    Statistics statistics = measure(model, structures, criteria, calibration, checkpoint);
    for (Criterion criterion : criteria) {
      if (every || structures.stream().allMatch(s -> s.kind() == CoupledStructure.Kind.LAYERS)) {
        scores.put(criterion, scores(model, structures, criterion, statistics, seed));
      }
    }
    return scores;
  }

  private static MemberScores single(CoupledStructure structure, double[] units) {
    return new MemberScores(structure.name(), List.of(units));
  }

  private static List<MemberScores> bySums(
      List<CoupledStructure> structures, Criterion criterion, Statistics statistics) {
    List<MemberScores> all = new ArrayList<>();
    for (CoupledStructure structure : structures) {
      List<double[]> members = new ArrayList<>();
      for (int m = 0; m < structure.members().size(); m++) {
        double[] sums = statistics.get(Places.name(criterion.label(), structure, m));
        members.add(
            criterion == Criterion.TAYLOR_VECTOR ? magnitudes(sums, structure.units()) : sums);
      }
      all.add(new MemberScores(structure.name(), List.copyOf(members)));
    }
    return all;
  }

  /** Of each unit the sum of its channels' absolute values. */
  private static double[] magnitudes(double[] channels, int units) {
    double[] magnitudes = new double[units];
    int perUnit = channels.length / units;
    for (int i = 0; i < channels.length; i++) {
      magnitudes[i / perUnit] += Math.abs(channels[i]);
    }
    return magnitudes;
  }

  private static double[] random(CoupledStructure structure, long seed) {
    return new Random(31 * seed + structure.name().hashCode()).doubles(structure.units()).toArray();
  }

  /** The lower, the earlier a block goes. */
  private static double[] positions(CoupledStructure structure, Criterion criterion) {
    double[] scores = new double[structure.units()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] =
          switch (criterion.label()) {
            case "first-n" -> scores.length - i;
            case "last-n" -> i + 1;
            case "alternate" -> i % 2 == 1 ? i + 1 : scores.length + i + 1;
            default -> throw new IllegalArgumentException(criterion.label());
          };
    }
    return scores;
  }
}
